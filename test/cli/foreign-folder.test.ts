import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createExportFile } from '../../src/cli/export-file.ts'
import { runCli } from '../support/cli.ts'
import { createScratch } from '../support/scratch.ts'
import { expectOneLine } from '../support/told.ts'

const program = join(import.meta.dirname, '../../bin/run.js')
/** Another local user; the account needs no name. */
const other = 65_533
const isRoot = process.getuid?.() === 0
if (!isRoot) process.stderr.write('Skipped: only root can make the folders of another user.\n')

test.skipIf(!isRoot)('settings that another user has left in a folder are not used: 101, and how to use them', async () => {
  using scratch = createScratch()
  const [theirs, below] = [join(scratch.path, 'theirs'), join(scratch.path, 'theirs/below')]
  mkdirSync(below, { recursive: true })
  const file = join(theirs, 'sports-ingest.config.yaml')
  writeFileSync(file, 'data_dir: /srv/theirs\n')
  chownSync(file, other, other)
  const refused = {
    code: 101,
    says: `The configuration file ${file} cannot be used: it belongs to another user (uid ${other}). Hint: If you trust it, name it with --config`,
  }
  await expectOneLine(['config', 'show'], { ...refused, cwd: below })
  const uses = async (args: string[], env: Record<string, string>, cwd: string) => {
    const { code, stdout } = await runCli(['config', 'show', '--json', ...args], env, cwd)
    return { code, used: stdout.includes('/srv/theirs') }
  }
  const yes = { code: 0, used: true }
  expect(await uses(['--config', file], {}, below)).toEqual(yes)
  expect(await uses([], { SPORTS_INGEST_CONFIG: file }, below)).toEqual(yes)
  // Who may become root has nothing to gain.
  expect(await uses([], { SUDO_UID: String(other) }, below)).toEqual(yes)
  chownSync(file, 0, 0)
  expect(await uses([], {}, below)).toEqual(yes)

  const [linked, piped] = [join(scratch.path, 'linked'), join(scratch.path, 'piped')]
  mkdirSync(linked)
  symlinkSync(file, join(linked, 'sports-ingest.config.yaml'))
  execFileSync('chown', ['-h', String(other), join(linked, 'sports-ingest.config.yaml')])
  await expectOneLine(['config', 'show'], { code: 101, says: `it belongs to another user (uid ${other})`, cwd: linked })
  mkdirSync(piped)
  execFileSync('mkfifo', ['-m', '666', join(piped, 'sports-ingest.config.yaml')])
  await expectOneLine(['config', 'show'], { code: 101, says: 'cannot be used: it is not a file.', cwd: piped })
})

test.skipIf(!isRoot)('root does not write completions through the links of another user', async () => {
  using scratch = createScratch()
  const [home, victim] = [join(scratch.path, 'home'), join(scratch.path, 'victim')]
  const cache = join(home, '.cache/sports-ingest/autocomplete')
  mkdirSync(cache, { recursive: true })
  writeFileSync(victim, 'of root')
  symlinkSync(victim, join(cache, 'bash_setup'))
  execFileSync('chown', ['-hR', String(other), home])
  const env = { HOME: home, SHELL: '/bin/bash', XDG_CACHE_HOME: undefined }
  const { code, stderr } = await runCli(['autocomplete', 'bash'], env)
  expect({ code, stderr }).toEqual({
    code: 101,
    stderr: `The cache folder ${home}/.cache/sports-ingest can be replaced by uid ${other}. Hint: Set HOME (sudo -H), or SPORTS_INGEST_CACHE_DIR.\n`,
  })
  expect(readFileSync(victim, 'utf8')).toBe('of root')
})

test.skipIf(!isRoot)('root does not export through the links and pipes of another user', async () => {
  using scratch = createScratch()
  const [theirs, victim] = [join(scratch.path, 'theirs'), join(scratch.path, 'victim')]
  mkdirSync(theirs)
  mkdirSync(victim)
  writeFileSync(join(victim, 'file'), 'of root')
  symlinkSync(join(victim, 'file'), join(theirs, 'link'))
  symlinkSync(victim, join(theirs, 'folder'))
  symlinkSync('/dev/full', join(theirs, 'device'))
  execFileSync('mkfifo', [join(theirs, 'pipe')])
  execFileSync('chown', ['-hR', String(other), theirs])
  for (const name of ['link', 'folder/file', 'device', 'pipe'])
    await expect(createExportFile(join(theirs, name))).rejects.toThrow('is a link or a pipe of another user, or below one')
  expect(readFileSync(join(victim, 'file'), 'utf8')).toBe('of root')
  expect(readdirSync(victim)).toEqual(['file'])

  const file = await createExportFile(join(theirs, 'games.csv'))
  await file.write('rows')
  await file.finish()
  await file.publish()
  expect(readFileSync(join(theirs, 'games.csv'), 'utf8')).toBe('rows')
})

/** A process of the other user that makes a link of a name, removes it, and makes an empty file of it, again and again. */
async function startSwapping(name: string, victim: string): Promise<AsyncDisposable> {
  const script = `
    const { renameSync, rmSync, symlinkSync, writeFileSync, writeSync } = require('node:fs')
    process.setgid(${other})
    process.setuid(${other})
    const [name, victim] = process.argv.slice(1)
    const attempt = work => { try { work() } catch {} }
    for (let round = 0; ; round++) {
      attempt(() => symlinkSync(victim, name + '.l'))
      attempt(() => renameSync(name + '.l', name))
      attempt(() => rmSync(name))
      attempt(() => writeFileSync(name + '.f', ''))
      attempt(() => renameSync(name + '.f', name))
      if (round === 0) writeSync(1, 'swapping')
    }`
  const child = spawn(process.execPath, ['-e', script, name, victim], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

test.skipIf(!isRoot).each([
  ['their folder', 0o755, other],
  ['a folder like /tmp', 0o1777, 0],
  ['a folder that all may change', 0o777, 0],
])(
  'an export of root to %s changes nothing of root while a file there becomes a link and a file again',
  async (_, mode, owner) => {
    using scratch = createScratch()
    const [folder, victim] = [join(scratch.path, 'folder'), join(scratch.path, 'victim')]
    mkdirSync(folder)
    chmodSync(folder, mode)
    chownSync(folder, owner, owner)
    writeFileSync(victim, 'of root')
    await using _swapping = await startSwapping(join(folder, 'games.csv'), victim)
    let written = 0
    for (let attempt = 0; attempt < 300; attempt++) {
      const file = await createExportFile(join(folder, 'games.csv')).catch(error => {
        expect(error.message).toContain('is a link or a pipe of another user')
      })
      await file?.write('rows')
      await file?.finish()
      await file?.publish()
      await file?.discard()
      written += file ? 1 : 0
      expect(readFileSync(victim, 'utf8')).toBe('of root')
      // Where only root can remove it, it is to be a link again.
      rmSync(join(folder, 'games.csv'), { force: true })
    }
    expect(written).toBeGreaterThan(0)
  },
)

test('a pipe in a HOME of somebody else, where the command line looks for colours, stops nothing', () => {
  using scratch = createScratch()
  mkdirSync(join(scratch.path, '.config/sports-ingest'), { recursive: true })
  execFileSync('mkfifo', ['-m', '666', join(scratch.path, '.config/sports-ingest/theme.json')])
  const env = { PATH: process.env['PATH'], HOME: scratch.path, SHELL: '/bin/bash' }
  for (const words of [['--help'], ['config', 'show']]) {
    const { status } = spawnSync(process.execPath, [program, ...words], { cwd: scratch.path, env, timeout: 20_000 })
    expect(status).toBe(0)
  }
})

test('what is written can be changed by nobody else, whatever the umask is; a file that is there is left alone', () => {
  using scratch = createScratch()
  chmodSync(scratch.path, 0o755)
  const run = (...args: string[]) =>
    spawnSync('/bin/sh', ['-c', 'umask 000; exec "$0" "$@"', process.execPath, program, ...args], {
      encoding: 'utf8',
      cwd: scratch.path,
      env: { PATH: process.env['PATH'], HOME: scratch.path, SHELL: '/bin/bash' },
    })
  expect(run('config', 'init').status).toBe(0)
  expect(statSync(join(scratch.path, 'sports-ingest.config.yaml')).mode & 0o777).toBe(0o644)
  symlinkSync(join(scratch.path, 'elsewhere'), join(scratch.path, 'link.yaml'))
  expect(run('config', 'init', 'link.yaml').status).toBe(101)
  expect(existsSync(join(scratch.path, 'elsewhere'))).toBe(false)

  expect(run('autocomplete', 'bash').status).toBe(0)
  const made = [
    '.cache',
    ...readdirSync(join(scratch.path, '.cache'), { recursive: true }).map(name => join('.cache', String(name))),
  ]
  expect(made.filter(name => statSync(join(scratch.path, name)).mode & 0o022)).toEqual([])
})
