import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { packageRoot } from '../package-root.ts'
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
  if (configFile !== undefined) return await readNamed(resolve(cwd, configFile), '--config')
  const named = env['SPORTS_INGEST_CONFIG']
  if (named) return await readNamed(resolve(cwd, named), 'SPORTS_INGEST_CONFIG')
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    const found = readFound(join(dir, fileName), env)
    if (found || dir === dirname(dir)) return found
  }
}

/** @param namedBy who names the file, which then has to be there */
async function readNamed(path: string, namedBy: string) {
  try {
    return { path, text: await readFile(path, 'utf8') }
  } catch (error) {
    return unusable(path, reasonOf(error), `It is named by ${namedBy}.`)
  }
}

/**
 * A file that nobody has named. It says where data and passwords go, so it has to be of somebody who is trusted anyway: any user can put
 * one in /tmp, or wait until root runs a command in a directory of theirs. No pipe is waited for. Synchronous, because nearly always there
 * is none, and each folder would be a wait for another thread.
 */
function readFound(path: string, env: Record<string, string | undefined>) {
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const [found, name] = [fstatSync(file), lstatSync(path)]
    if (!found.isFile()) return unusable(path, found.isDirectory() ? 'it is a directory' : 'it is not a file')
    const stranger = [found, name].find(({ uid }) => !isTrusted(uid, env))
    if (stranger)
      return unusable(
        path,
        `it belongs to another user (uid ${stranger.uid})`,
        'If you trust it, name it with --config or SPORTS_INGEST_CONFIG; or make it yours (chown).',
      )
    return { path, text: readFileSync(file, 'utf8') }
  } catch (error) {
    const reason = reasonOf(error)
    return reason === 'there is no such file' ? undefined : unusable(path, reason)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Root, this user, who has called sudo, and who has installed this program. */
const isTrusted = (uid: number, env: Record<string, string | undefined>): boolean =>
  uid === 0 ||
  uid === process.geteuid?.() ||
  (process.geteuid?.() === 0 && String(uid) === env['SUDO_UID']) ||
  uid === lstatSync(packageRoot()).uid

const unusable = (path: string, reason: string, hint?: string) => ({
  path,
  problem: { message: `The configuration file ${path} cannot be used: ${reason}.`, hint },
})
