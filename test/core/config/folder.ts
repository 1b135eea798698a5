import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ConfigOptions, checkConfig, loadConfig } from '../../../src/core/config/load.ts'
import { problemLine } from '../../../src/core/config/problem.ts'

/** A folder of its own with these files in it, removed when the test is over. */
export async function folderWith(files: Record<string, string> = {}) {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'config-')))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), text)
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

type Given = Partial<ConfigOptions> & { file?: string }

/** Loads with nothing but what is given: this environment, this file in an otherwise empty folder. */
export async function load({ file, ...options }: Given = {}) {
  await using folder = await folderWith(file === undefined ? {} : { 'sports-ingest.config.yaml': file })
  return await loadConfig({ env: {}, cwd: folder.path, uid: 1000, ...options })
}

/** The mistakes found, one line each, the folder's path cut off. */
export async function mistakes({ file, ...options }: Given): Promise<string[]> {
  await using folder = await folderWith(file === undefined ? {} : { 'sports-ingest.config.yaml': file })
  const { problems } = await checkConfig({ env: {}, cwd: folder.path, uid: 1000, ...options })
  return problems.map(problem => problemLine(problem).replaceAll(`${folder.path}/`, ''))
}
