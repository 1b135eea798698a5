import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findProgram, runProgramGroup } from '../../../src/jobs/own/program.ts'
import { createScratch } from '../../support/scratch.ts'
import { until } from '../../support/until.ts'

/** Runs a script; `said` resolves when it prints a line that begins with `ready`. */
function start(script: string, { graceMs = 20_000 } = {}) {
  const lines: string[] = []
  const stop = new AbortController()
  const said = Promise.withResolvers<string>()
  const ended = runProgramGroup({
    ...{ command: '/bin/sh', args: ['-c', script], cwd: '/', env: process.env, signal: stop.signal },
    graceMs: () => graceMs,
    onStart: () => {},
    onLine: (stream, line) => {
      lines.push(`${stream} ${line}`)
      if (line.startsWith('ready')) said.resolve(line)
    },
  })
  return { lines, stop: () => stop.abort(new Error('stop')), said: said.promise, ended }
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a program runs to its end, and each line that it prints is told, whatever its bytes', async () => {
  const { ended, lines } = start(
    `echo one; echo two >&2; printf 'a\\377b\\r\\n\\033[31mred'; head -c 20000 /dev/zero | tr '\\0' x >&2; exit 3`,
  )
  expect(await ended).toEqual({ code: 3, signal: null, hadOthers: false })
  expect(lines.filter(line => line.startsWith('out'))).toEqual(['out one', 'out a�b', 'out \u001b[31mred'])
  expect(lines.filter(line => line.startsWith('err')).map(line => line.length - 4)).toEqual([3, 8_192, 8_192, 3_616])
})

test('has no standard input', async () => {
  const { ended, lines } = start('cat; echo end')
  expect(await ended).toMatchObject({ code: 0 })
  expect(lines).toEqual(['out end'])
})

test('is stopped with what it has started', async () => {
  const { ended, said, stop } = start('sh -c "sleep 1000 & echo ready \\$! ; wait" ; exit 0')
  const pid = Number((await said).split(' ')[1])
  stop()
  expect(await ended).toMatchObject({ code: null, signal: 'SIGTERM' })
  await until('the child is gone', () => !isAlive(pid))
})

test('that does not want to end is killed after the grace, and so is its child', async () => {
  const script = `trap '' TERM; sh -c "trap '' TERM; echo ready \\$\\$; while :; do sleep 1000; done"; while :; do sleep 1000; done`
  const { ended, said, stop } = start(script, { graceMs: 200 })
  const pid = Number((await said).split(' ')[1])
  stop()
  expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' })
  await until('the child is gone', () => !isAlive(pid))
})

test('leaves nothing behind when it ends by itself', async () => {
  const { ended, said } = start('sleep 1000 & echo ready $!')
  const pid = Number((await said).split(' ')[1])
  expect(await ended).toEqual({ code: 0, signal: null, hadOthers: true })
  await until('the child is gone', () => !isAlive(pid))
})

test('ends with a process that is killed while it runs it', async () => {
  using folder = createScratch()
  const file = join(folder.path, 'runner.ts')
  const module = join(import.meta.dirname, '../../../src/jobs/own/program.ts')
  writeFileSync(
    file,
    `import { runProgramGroup } from ${JSON.stringify(module)}
    await runProgramGroup({
      command: '/bin/sh', args: ['-c', 'sleep 1000 & echo $!; wait'], cwd: '/', env: process.env,
      signal: new AbortController().signal, graceMs: () => 1000, onStart: () => {}, onLine: (_, line) => console.log(line),
    })`,
  )
  const runner = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [chunk] = await once(runner.stdout, 'data')
  const pid = Number(String(chunk))
  expect(isAlive(pid)).toBe(true)
  runner.kill('SIGKILL')
  await until('the program is gone', () => !isAlive(pid))
})

test('is looked for where the system would find it', () => {
  using folder = createScratch()
  writeFileSync(join(folder.path, 'plain'), '')
  const find =
    (command: string, cwd = folder.path) =>
    () =>
      findProgram({ command, cwd, env: { PATH: '/usr/bin:/bin' } })
  expect(find('sh')()).toMatch(/^\/(usr\/)?bin\/sh$/)
  expect(find('/bin/sh')()).toBe('/bin/sh')
  expect(find('no-such-program')).toThrow('The program cannot be started: there is no no-such-program in PATH (/usr/bin:/bin).')
  expect(find('./gone')).toThrow(`there is no ${folder.path}/gone.`)
  expect(find('./plain')).toThrow(`The program ${folder.path}/plain cannot be started: this user may not run it.`)
  expect(find('./')).toThrow(`The program cannot be started: ${folder.path} is a folder.`)
  expect(find('sh', '/no/such/folder')).toThrow('The program cannot be started in /no/such/folder: there is no such folder.')
})

test('that cannot be started, though it is there, says what it lacks', async () => {
  using folder = createScratch()
  writeFileSync(join(folder.path, 'script'), '#!/no/such/interpreter\n', { mode: 0o755 })
  const options = { env: process.env, signal: new AbortController().signal, graceMs: () => 0, onStart() {}, onLine() {} }
  const run = (command: string, args: string[] = []) => runProgramGroup({ ...options, command, args, cwd: folder.path })
  const name = 'OwnJobError'
  await expect(run('./script')).rejects.toMatchObject({
    name,
    message: expect.stringContaining('the interpreter in its first line'),
  })
  await expect(run('echo', ['x'.repeat(3_000_000)])).rejects.toMatchObject({
    name,
    message: expect.stringContaining('are too long'),
  })
})
