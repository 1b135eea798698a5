import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Database } from '../../src/store/database.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { postmasterOf, processesIn } from '../store/embedded/processes.ts'
import { runCli } from '../support/cli.ts'
import { haltDaily, runDaily, runStatuses, runUndisturbed, watermarkValues } from '../support/daily-run.ts'
import { loadedThrough, loadThroughFifth, missedDays, startSmallLeague } from '../support/small-league.ts'
import { type TableHashes, tableHashes } from '../support/table-hashes.ts'
import { until } from '../support/until.ts'

const league = await startSmallLeague()
let whole: TableHashes

beforeAll(async () => {
  whole = (await runUndisturbed(league.env)).tables
})
afterAll(() => league.close())

/** A data directory of its own, loaded through the 5th; its server is down. */
async function openDirectory() {
  const dataDir = mkdtempSync(join(tmpdir(), 'sports-ingest-crash-'))
  const use = async <T>(work: (database: Database) => Promise<T>): Promise<T> => {
    const settings = { url: undefined, dataDir, queryTimeoutMs: 60_000, reconnectAttempts: 3 }
    const database = await openDatabase({ settings, clock: createClock(), log: silentLog })
    try {
      return await work(database)
    } finally {
      await database.close()
    }
  }
  await use(loadThroughFifth)
  const cluster = join(dataDir, readdirSync(dataDir).find(name => name.startsWith('pgdata')) as string)
  return {
    cluster,
    read: <T>(work: (sql: Sql) => Promise<T>): Promise<T> => use(database => database.run(work)),
    env: { ...league.env, SPORTS_INGEST_DATA_DIR: dataDir },
    down: () => until('no process of the server is left', () => processesIn(cluster).length === 0),
    [Symbol.asyncDispose]: async () => {
      await until('no process of the server is left', () => processesIn(cluster).length === 0)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

describe.concurrent('the embedded server', () => {
  test('goes down by itself after a run that was killed, and the next command has it again', async () => {
    await using directory = await openDirectory()
    const killed = await runDaily({ ...directory.env, SPORTS_INGEST_STEP: 'kill:mid-copy:8' })
    expect(killed.signal, killed.stderr).toBe('SIGKILL')
    await directory.down()

    const asked = await runCli(['watermark', 'get', 'schedule', 'daily:nba'], directory.env)
    expect(asked.stdout.trim(), asked.stderr).toBe('2024-12-06')
    const second = await runDaily(directory.env)
    expect(second.code, second.stderr).toBe(0)
    await directory.down()
    await directory.read(async sql => {
      expect(await tableHashes(sql)).toEqual(whole)
      expect(await runStatuses(sql)).toEqual(['lost', 'done'])
    })
  })

  test.each(['before-fetch:4', 'mid-copy:8', 'before-commit:2'])(
    'is started again by the run it was killed under, at %s',
    async step => {
      await using directory = await openDirectory()
      await using run = await haltDaily(directory.env, step)
      process.kill(postmasterOf(directory.cluster), 'SIGKILL')
      run.child.kill('SIGCONT')
      const { code, stderr } = await run.done
      expect(code, stderr).toBe(0)
      await directory.read(async sql => {
        expect(await tableHashes(sql)).toEqual(whole)
        expect(await watermarkValues(sql)).toEqual([loadedThrough, ...missedDays])
        expect(await runStatuses(sql)).toEqual(['done'])
      })
    },
  )
})
