import { beforeAll, describe, expect, test } from 'vitest'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import { runStatuses } from '../support/daily-run.ts'
import { named, startDisturbed } from '../support/disturbed-run.ts'
import { haltImport, importUndisturbed, openImport, type Start, startImport } from '../support/import-run.ts'
import { startPostgresProxy } from '../support/postgres-proxy.ts'
import { factsOf } from '../support/receipt-facts.ts'
import { type TableHashes, tableHashes } from '../support/table-hashes.ts'
import { until } from '../support/until.ts'

const whole: Partial<Record<Start, TableHashes>> = {}

beforeAll(async () => {
  ;[whole.empty, whole.older] = await Promise.all([importUndisturbed('empty'), importUndisturbed('older')])
})

const starts = ['empty', 'older'] as const

describe.concurrent('an import that sleeps past its lease commits nothing more, and another one loads everything meanwhile', () => {
  test.each<[string, Start]>([
    ['mid-copy:9', 'empty'],
    ['after-copy:9', 'empty'],
    ['mid-copy:4', 'older'],
    ['before-commit:3', 'older'],
    ['before-fetch:6', 'empty'],
  ])('asleep at %s, from %s', async (moment, start) => {
    await using world = await openImport(start)
    await world.sql.unsafe(`
      create function shorten() returns trigger language plpgsql as $$ begin new.expires_at := now() + interval '1 second'; return new; end $$;
      create trigger shorten before insert or update on ingest_leases for each row execute function shorten()`)
    await using first = await haltImport(world.env, moment)
    await until(
      'its lease is over',
      async () => (await world.sql`select from ingest_leases where expires_at < now()`).length === 1,
    )
    const second = await startImport(world.env).done
    expect([1, 2], second.stderr).toContain(second.code)
    expect(await tableHashes(world.sql)).toEqual(whole[start])

    first.child.kill('SIGCONT')
    const { code, stderr } = await first.done
    expect(code, stderr).toBe(103)
    expect(await tableHashes(world.sql)).toEqual(whole[start])
  })
})

describe.concurrent('an import that loses its database asks again for the file it was loading, and goes on', () => {
  test.each<[string, Start]>([
    ['planned', 'empty'],
    ['before-fetch:5', 'older'],
    ['mid-copy:9', 'empty'],
    ['mid-copy:4', 'older'],
    ['after-copy:9', 'empty'],
    ['after-copy:5', 'older'],
    ['before-commit:3', 'empty'],
    ['after-commit:3', 'older'],
    ['before-receipt', 'empty'],
  ])('its sessions ended at %s, from %s', async (moment, start) => {
    await using world = await openImport(start)
    await using run = await haltImport({ ...world.env, DATABASE_URL: named(world.store.url) }, moment)
    await world.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${world.store.name} and application_name = 'disturbed'`
    run.child.kill('SIGCONT')
    const { code, stderr } = await run.done
    expect(code, stderr).toBe(2)
    expect(await tableHashes(world.sql)).toEqual(whole[start])
    expect((await runStatuses(world.sql)).at(-1)).toBe('failed')
  })

  test.each(starts)('each answer to a commit lost once, from %s', async start => {
    await using world = await openImport(start)
    await using proxy = await startPostgresProxy(world.store.url)
    // One file at a time: of two at once it could be the same one's that is lost again and again.
    proxy.loseAnswers(nth => nth % 2 === 1)
    const { code, stderr } = await startImport({ ...world.env, DATABASE_URL: proxy.url }, '--concurrency', '1').done
    expect(code, stderr).toBe(2)
    expect(await tableHashes(world.sql)).toEqual(whole[start])
    const [run] = await world.sql<{ counts: Receipt }[]>`select counts from ingest_runs order by id desc limit 1`
    expect(run && factsOf(run.counts).badRows).toBe(1)
  })
})

test('a second import, or the daily run, beside one that is at work ends with 103 and names it', async () => {
  await using world = await openImport('empty')
  await using first = await haltImport(world.env, 'mid-copy:9')
  for (const second of [startImport(world.env), startDisturbed(['schedule', 'daily', '--sport', 'nfl'], world.env)]) {
    const { code, stderr } = await second.done
    expect(code, stderr).toBe(103)
    expect(stderr).toContain(`Already at work on files:nfl: pid ${first.pid} `)
  }
  first.child.kill('SIGCONT')
  expect((await first.done).code).toBe(2)
  expect(await tableHashes(world.sql)).toEqual(whole.empty)
})

test('an import that is stopped ends with what it has committed', async () => {
  await using world = await openImport('empty')
  await using run = await haltImport(world.env, 'mid-copy:4')
  run.child.kill('SIGTERM')
  run.child.kill('SIGCONT')
  const { code, stderr } = await run.done
  expect(code, stderr).toBe(143)
  expect(await runStatuses(world.sql)).toEqual(['stopped'])
  expect(await world.sql`select from ingest_leases`).toHaveLength(0)
  expect((await startImport(world.env).done).code).toBe(2)
  expect(await tableHashes(world.sql)).toEqual(whole.empty)
})
