import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { createScratch } from '../support/scratch.ts'

const run = join(import.meta.dirname, '../../bin/run.js')
/** Another local user; the account needs no name. */
const other = 65_533
const isRoot = process.getuid?.() === 0
if (!isRoot) process.stderr.write('Skipped: only root can make the folders of another user.\n')

// Of one length: that, and a checksum, is all that Node compares.
const honest = "console.log('honest!'); export const main = () => {}"
const planted = "console.log('PLANTED'); export const main = () => {}"

/** A program that starts as ours does, and byte code of another program that Node takes for the byte code of this one. */
function createVictim() {
  const scratch = createScratch()
  const program = join(scratch.path, 'program')
  mkdirSync(join(program, 'bin'), { recursive: true })
  mkdirSync(join(program, 'dist'))
  copyFileSync(run, join(program, 'bin/run.js'))
  writeFileSync(join(program, 'package.json'), '{"name":"victim","version":"1.0.0","type":"module","engines":{"node":">=22.19"}}')
  const [main, code] = [join(program, 'dist/main.js'), join(scratch.path, 'code')]
  const start = (env: Record<string, string>) =>
    spawnSync(process.execPath, [join(program, 'bin/run.js')], {
      encoding: 'utf8',
      cwd: '/',
      env: { PATH: process.env['PATH'], HOME: '/', TMPDIR: scratch.path, ...env },
    })
  writeFileSync(main, planted)
  start({ NODE_COMPILE_CACHE: code })
  writeFileSync(main, honest)
  // The checksum of the source is one of the first five words of a file.
  const [version = ''] = readdirSync(code)
  for (const name of readdirSync(join(code, version))) {
    const file = join(code, version, name)
    const bytes = readFileSync(file)
    for (let at = 0; at < 20; at += 4) if (bytes.readUInt32LE(at) === crc32(planted)) bytes.writeUInt32LE(crc32(honest), at)
    writeFileSync(file, bytes)
  }
  return {
    ...scratch,
    says: (env: Record<string, string>) => start(env).stdout,
    plant(folder: string, { mode = 0o700, owner = process.getuid?.() ?? 0 } = {}) {
      cpSync(code, folder, { recursive: true })
      chmodSync(folder, mode)
      chownSync(folder, owner, owner)
      return folder
    },
  }
}

test('byte code planted in the folder for temporary files is not run, and the program keeps its own where nobody else can write', () => {
  using victim = createVictim()
  // Node reads this variable by itself: it shows that the planted code works.
  expect(victim.says({ NODE_COMPILE_CACHE: victim.plant(join(victim.path, 'named')) })).toBe('PLANTED\n')
  victim.plant(join(victim.path, 'node-compile-cache'), { mode: 0o777 })
  expect(victim.says({})).toBe('honest!\n')

  const home = join(victim.path, 'home')
  mkdirSync(home)
  expect(victim.says({ HOME: home })).toBe('honest!\n')
  const cache = join(home, process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'sports-ingest/compile-cache')
  expect(lstatSync(cache).mode & 0o777).toBe(0o700)
  expect(readdirSync(cache)).toHaveLength(1)
  expect(victim.says({ HOME: join(victim.path, 'nowhere') })).toBe('honest!\n')
  expect(existsSync(join(victim.path, 'nowhere'))).toBe(false)

  // What others may have changed before it was ours alone.
  rmSync(cache, { recursive: true })
  victim.plant(cache, { mode: 0o770 })
  expect(victim.says({ HOME: home })).toBe('honest!\n')
  chmodSync(cache, 0o700)
  expect(victim.says({ HOME: home })).toBe('PLANTED\n')
  chmodSync(home, 0o777)
  expect(victim.says({ HOME: home })).toBe('honest!\n')
})

test.skipIf(!isRoot || process.platform !== 'linux')('root runs no byte code from a folder that another user can replace', () => {
  using victim = createVictim()
  const theirs = (path: string) => {
    mkdirSync(join(victim.path, path), { recursive: true })
    chownSync(join(victim.path, path), other, other)
    return join(victim.path, path)
  }
  // `sudo` that keeps HOME; a folder of theirs, whatever is in it; a link to it; a folder of ours within theirs.
  const home = theirs('home')
  victim.plant(join(home, '.cache/sports-ingest/compile-cache'), { owner: other })
  const [cache, own, linked] = [theirs('cache'), join(victim.path, 'own'), join(victim.path, 'linked')]
  victim.plant(join(cache, 'sports-ingest/compile-cache'))
  victim.plant(join(own, 'sports-ingest/compile-cache'), { owner: other })
  mkdirSync(join(linked, 'sports-ingest'), { recursive: true })
  symlinkSync(join(cache, 'sports-ingest/compile-cache'), join(linked, 'sports-ingest/compile-cache'))
  for (const env of [{ HOME: home }, { XDG_CACHE_HOME: cache }, { XDG_CACHE_HOME: own }, { XDG_CACHE_HOME: linked }])
    expect({ env, says: victim.says(env) }).toEqual({ env, says: 'honest!\n' })
  // Nothing of root's is left in the other user's home.
  expect(readdirSync(join(home, '.cache/sports-ingest/compile-cache'))).toHaveLength(1)
  const fresh = theirs('fresh')
  expect(victim.says({ HOME: fresh })).toBe('honest!\n')
  expect(readdirSync(fresh)).toEqual([])
})
