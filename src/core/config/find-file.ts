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
  const named = configFile ?? (env['SPORTS_INGEST_CONFIG'] || undefined)
  if (named !== undefined) {
    const found = await open(resolve(cwd, named), false)
    if (!found || !('problem' in found)) return found
    return {
      ...found,
      problem: { ...found.problem, hint: `It is named by ${configFile === undefined ? 'SPORTS_INGEST_CONFIG' : '--config'}.` },
    }
  }
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    const found = await open(join(dir, fileName), true)
    if (found || dir === dirname(dir)) return found
  }
}

async function open(path: string, mayBeMissing: boolean) {
  try {
    return { path, text: await readFile(path, 'utf8') }
  } catch (error) {
    const reason = reasonOf(error)
    if (mayBeMissing && reason === 'there is no such file') return undefined
    return { path, problem: { message: `The configuration file ${path} cannot be used: ${reason}.` } }
  }
}
