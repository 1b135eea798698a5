import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { startHandMadeNba } from '../support/hand-made-nba.ts'
import { toldLines } from '../support/told.ts'

const program = join(import.meta.dirname, '../../bin/run.js')
const isFull = existsSync('/dev/full')

/** A command whose output goes to an open file, or to a pipe that nobody reads. */
async function runInto(stdout: number | 'closed', args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', stdout === 'closed' ? 'pipe' : stdout, 'pipe'],
  })
  child.stdout?.destroy()
  const [[code], stderr] = await Promise.all([once(child, 'close'), text(child.stderr as NodeJS.ReadableStream)])
  return { code, stderr }
}

async function runIntoFull(args: string[], env?: Record<string, string>) {
  const full = openSync('/dev/full', 'w')
  try {
    return await runInto(full, args, env)
  } finally {
    closeSync(full)
  }
}

const lost = 'The output could not be written: ENOSPC: no space left on device, write. What was committed stays.'

test.skipIf(!isFull).each([[['config', 'show']], [['config', 'show', '--json']], [['--help']]])(
  'output that goes to a full disk: 1 and one line (%j; skipped where there is no /dev/full)',
  async args => {
    expect(await runIntoFull(args)).toEqual({ code: 1, stderr: `${lost}\n` })
  },
)

test.each([[['config', 'show']], [['config', 'show', '--json']], [['--help']]])(
  'a reader who has gone ends %j as SIGPIPE ends other programs, and nothing is said',
  async args => {
    expect(await runInto('closed', args)).toEqual({ code: 141, stderr: '' })
  },
)

describe('a job whose output nobody can have', () => {
  async function load(run: typeof runIntoFull, date: string) {
    await using store = await createTestDatabase()
    await using api = await startHandMadeNba({
      games: [{ id: '0022400561', day: '2025-01-15', sides: [1610612737, 1610612738] }],
    })
    const env = { ...api.env, DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' }
    const daily = ['schedule', 'daily', '--sport', 'nba', '--date', date]
    const { code, stderr } = await run([...daily, ...(date === '2025-01-15' ? ['--json'] : [])], env)
    const [row] = await store.sql`select (select count(*)::int from games) as games, (select status from ingest_runs) as status`
    return { code, told: toldLines({ code, stderr, stdout: '', signal: null }), ...row }
  }
  const intoClosed: typeof runIntoFull = (args, env) => runInto('closed', args, env)

  test('does all of its work and ends with its own exit code where the reader has gone', async () => {
    expect(await load(intoClosed, '2025-01-15')).toEqual({ code: 0, told: [], games: 1, status: 'done' })
    expect(await load(intoClosed, '2024-06-01')).toEqual({ code: 1, told: [], games: 0, status: 'failed' })
  })

  test.skipIf(!isFull)('does all of its work where the disk is full, and says once that its output is lost', async () => {
    expect(await load(runIntoFull, '2025-01-15')).toEqual({ code: 1, told: [lost], games: 1, status: 'done' })
  })
})
