import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Problem, reasonOf } from './problem.ts'

export const fileName = 'sports-ingest.config.yaml'

export interface FoundFile {
  /** Absolute. */
  path: string
  text: string
}

/**
 * The configuration file and its text: the one named by the flag, else by SPORTS_INGEST_CONFIG, else the nearest one
 * from the working directory upwards. None is fine; one that was named or found has to be readable.
 */
export async function findFile(
  cwd: string,
  env: Record<string, string | undefined>,
  configFile?: string,
): Promise<FoundFile | { path: string; problem: Problem } | undefined> {
  if (configFile !== undefined) return await open(resolve(cwd, configFile), '--config')
  const named = env['SPORTS_INGEST_CONFIG']
  if (named) return await open(resolve(cwd, named), 'SPORTS_INGEST_CONFIG')
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    const found = await open(join(dir, fileName))
    if (found || dir === dirname(dir)) return found
  }
}

/** @param namedBy who names the file, which then has to be there */
async function open(path: string, namedBy?: string) {
  try {
    return { path, text: await readFile(path, 'utf8') }
  } catch (error) {
    const reason = reasonOf(error)
    if (!namedBy && reason === 'there is no such file') return undefined
    const message = `The configuration file ${path} cannot be used: ${reason}.`
    return { path, problem: { message, hint: namedBy && `It is named by ${namedBy}.` } }
  }
}
