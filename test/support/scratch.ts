import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An empty folder, removed at the end. Open to all: as root the embedded server runs as another user. */
export function createScratch(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'sports-ingest-cli-'))
  chmodSync(path, 0o755)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
