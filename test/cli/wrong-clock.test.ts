import { existsSync, globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli, startCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { createScratch } from '../support/scratch.ts'
import { startSmallLeague } from '../support/small-league.ts'
import { logLines, toldLines } from '../support/told.ts'
import { until } from '../support/until.ts'

/** Debian's package faketime. */
const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1').filter(existsSync)
if (!library) process.stderr.write('Skipped: libfaketime, which sets the clock of a process, is not installed.\n')

let league: Awaited<ReturnType<typeof startSmallLeague>>
beforeAll(async () => {
  league = await startSmallLeague()
})
afterAll(() => league.close())

/** A process whose clock is the host's, as far as it can tell, and off by so much. */
const envOf = (url: string, offset: Record<string, string>) => {
  const { SPORTS_INGEST_NOW: _, ...env } = league.env
  return { ...env, DATABASE_URL: url, LD_PRELOAD: library, FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_NO_CACHE: '1', ...offset }
}

describe.skipIf(!library)("a host's clock that is wrong", () => {
  test('by hours: nothing is loaded, by nobody', async () => {
    await using db = await createTestDatabase()
    const env = envOf(db.url, { FAKETIME: '-3h' })
    for (const words of [
      ['schedule', 'daily', '--sport', 'nba'],
      ['live', '--once', '--sport', 'nba'],
    ]) {
      const refused = await runCli(words, env)
      expect(refused.code, refused.stderr).toBe(101)
      expect(toldLines(refused)).toEqual([
        expect.stringMatching(
          /^The clock of this host says \S+Z, and that of the database \S+Z\. Hint: Nothing was loaded\. Set the clock that is wrong; a time service \(NTP\) keeps it right\.$/,
        ),
      ])
    }
    expect(await db.sql`select from ingest_runs`).toHaveLength(0)
    // One that is given for a rehearsal may be any.
    expect(await runCli(['schedule', 'daily', '--sport', 'nba'], { ...env, ...league.env })).toMatchObject({ code: 0 })
  })

  test('by minutes: it is told once', async () => {
    await using db = await createTestDatabase()
    const told = await runCli(['live', '--once', '--sport', 'nba', '--only', 'schedule'], envOf(db.url, { FAKETIME: '+5m' }))
    expect(logLines(told).filter(({ event }) => event === 'clock.differs')).toHaveLength(1)
    const right = await runCli(['live', '--once', '--sport', 'nba', '--only', 'schedule'], envOf(db.url, { FAKETIME: '+0' }))
    expect(logLines(right).filter(({ event }) => event === 'clock.differs')).toHaveLength(0)
  })

  test('put right under a live worker, it goes on with its updates', async () => {
    await using db = await createTestDatabase()
    using scratch = createScratch()
    const file = join(scratch.path, 'offset')
    writeFileSync(file, '+50m\n')
    const intervals = { SPORTS_INGEST_LIVE_UPDATE_INTERVAL: '10s', SPORTS_INGEST_LIVE_LIVE_INTERVAL: '10s' }
    const env = envOf(db.url, { FAKETIME_TIMESTAMP_FILE: file, ...intervals })
    const updates = () => league.requests().filter(({ path }) => path.includes('scheduleLeagueV2')).length
    const before = updates()
    const worker = startCli(['live', '--sport', 'nba', '--only', 'schedule'], env)
    try {
      await until('the first update', () => updates() > before)
      writeFileSync(file, '+0\n')
      await until('an update after the clock was set', () => updates() > before + 1)
    } finally {
      worker.child.kill('SIGTERM')
      await worker.done
    }
  })
})
