import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The package's own folder, from the sources and from the bundle in `dist` alike. */
export function packageRoot(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}
