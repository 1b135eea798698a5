import { expect, inject, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { noPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { until } from '../support/until.ts'
import { addJobs, countEnds, countJobs, startWorker } from '../support/worker-run.ts'

test.skipIf(noPgBouncer).each([
  ['without notifications', false],
  ['with those that come by DATABASE_DIRECT_URL', true],
])('behind PgBouncer in transaction mode, %s, a worker works and stops', async (_, isDirect) => {
  await using db = await createTestDatabase()
  await using pooler = await startPgBouncer(inject('databaseUrl'), 'transaction')
  const ends = await countEnds(db.sql)
  const direct = isDirect ? { DATABASE_DIRECT_URL: inject('databaseUrl').replace('NAME', db.name) } : {}
  await using worker = startWorker({ DATABASE_URL: pooler.url.replace('NAME', db.name), ...direct })
  await worker.ready()
  const listeners = () => db.sql`
    select distinct query from pg_stat_activity where datname = ${db.name} and query like 'listen %' order by 1`
  const wanted = isDirect ? [expect.stringMatching(/^listen "pgboss_\w+"$/), 'listen "sports_ingest_jobs"'] : []
  await until('it listens', async () => (await listeners()).length === wanted.length)
  expect((await listeners()).map(({ query }) => query)).toEqual(wanted)
  await addJobs(db.sql, 30)
  await until('all are done', async () => (await countJobs(db.sql))['completed'] === 30)
  expect(await ends()).toEqual(Array(30).fill(1))
  worker.child.kill('SIGTERM')
  const { code, stderr } = await worker.done
  expect([code, stderr.split('\n').filter(line => line.includes('"level":"warn"'))]).toEqual([143, []])
})

test('a user who may not make the schema of pg-boss is told how to', async () => {
  await using db = await createTestDatabase()
  const role = `${db.name}_worker`
  await db.sql.unsafe(`create role ${role} login; grant select, insert, update, delete on all tables in schema public to ${role};
    grant usage on all sequences in schema public to ${role}`)
  try {
    const url = new URL(db.url)
    url.username = role
    const { code, stderr } = await startWorker({ DATABASE_URL: url.href, LOG_LEVEL: 'error' }).done
    expect(stderr).toMatch(
      /^The queue cannot be used: the schema pgboss could not be created or read \(permission denied .*\)\. Hint: /,
    )
    expect(code).toBe(101)
  } finally {
    await db.sql.unsafe(`drop owned by ${role}; drop role ${role}`)
  }
})
