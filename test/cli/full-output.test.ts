import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const program = join(import.meta.dirname, '../../bin/run.js')

/** A command whose output goes to an open file, or to a pipe that nobody reads. */
async function runInto(stdout: number | 'closed', args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', stdout === 'closed' ? 'pipe' : stdout, 'pipe'] })
  child.stdout?.destroy()
  const [[code], stderr] = await Promise.all([once(child, 'close'), text(child.stderr as NodeJS.ReadableStream)])
  return { code, stderr }
}

test.skipIf(!existsSync('/dev/full')).each([[['config', 'show']], [['config', 'show', '--json']], [['--help']]])(
  'output that goes to a full disk: 1 and one line (%j; skipped where there is no /dev/full)',
  async args => {
    const full = openSync('/dev/full', 'w')
    const ended = await runInto(full, args)
    closeSync(full)
    expect(ended).toEqual({
      code: 1,
      stderr: 'The output could not be written: ENOSPC: no space left on device, write. What was committed stays.\n',
    })
  },
)

test('a reader who has gone is no failure, and nothing is said', async () => {
  expect(await runInto('closed', ['config', 'show'])).toEqual({ code: 0, stderr: '' })
})
