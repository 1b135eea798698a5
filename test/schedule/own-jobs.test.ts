import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/core/config/secret.ts'
import { StoppedError } from '../../src/core/errors.ts'
import { noteOwnWatermark } from '../../src/jobs/own/watermark.ts'
import { readRunLog } from '../../src/store/run-logs.ts'
import { startPostgresProxy } from '../support/postgres-proxy.ts'
import { startSchedule } from '../support/schedule-world.ts'
import { createScratch } from '../support/scratch.ts'
import { until } from '../support/until.ts'

const now = '2026-03-02T06:00:00Z'

const exec = (script: string) => ({ run: 'exec', command: ['/bin/sh', '-c', script] }) as const

/** Programs that wait until they are let go on. */
function createGate() {
  const folder = createScratch()
  const [begun, go] = ['begun', 'go'].map(name => join(folder.path, name)) as [string, string]
  return {
    script: (then: string) => `touch ${begun}; while ! rm ${go} 2>/dev/null; do sleep 0.02; done; ${then}`,
    begun: async () => {
      await until('the program has begun', () => existsSync(begun))
      rmSync(begun)
    },
    go: () => writeFileSync(go, ''),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

type World = Awaited<ReturnType<typeof startSchedule>>
const runsOf = ({ store }: World) =>
  store.sql`select id::int, status, error, watermark_before as before, watermark_after as after from ingest_runs order by id`
const watermarks = ({ store }: World) => store.sql`select stage, key, value from ingest_watermarks`
const steal = ({ store }: World) =>
  store.sql`update ingest_leases set token = token + 1, owner = gen_random_uuid(), host = 'other'`

describe('a program', () => {
  test('runs under its job, and its run has what it has printed and how it has ended', async () => {
    await using world = await startSchedule({ report: exec('echo "$SPORTS_INGEST_JOB $SPORTS_INGEST_RUN"; echo bad >&2') })
    const [ran] = await world.run(now)
    expect(ran).toMatchObject({
      job: 'report',
      status: 'done',
      failures: 0,
      runs: [1],
      message: expect.stringContaining('exited with code 0.'),
    })
    expect(await world.store.sql`select counts -> 'program' as program, sport from ingest_runs`).toEqual([
      { program: { signal: null, exitCode: 0 }, sport: null },
    ])
    const log = await world.store.database.run(sql => readRunLog(sql, 1))
    expect(log).toMatch(/^06:00:00Z INFO {2}job\.start job=report run=exec$/m)
    expect(log).toMatch(/^06:00:00Z out {3}report 1$/m)
    expect(log).toMatch(/^06:00:00Z err {3}bad$/m)
    expect(log).toMatch(/job\.end job=report status=done failures=0 exit_code=0/)
  })

  test('that prints secrets leaves none in the log, the ledger and the receipt', async () => {
    await using world = await startSchedule({
      report: {
        ...exec('env | grep -e DATABASE_URL -e PGPASSWORD -e KEY; echo "https://x.test/?key=$KEY"; exit 1'),
        env: { KEY: new Secret('first line\nlast line'), SHORT_KEY: new Secret('KEY') },
      },
    })
    world.url = world.store.url.replace('@', ':p%40ssw0rd@')
    const [ran] = await world.run(now)
    const log = await world.store.database.run(sql => readRunLog(sql, 1))
    const kept = await world.store.sql`select r::text || o::text as row from ingest_runs r, ingest_occurrences o`
    const all = [JSON.stringify([ran, kept]), log].join('\n')
    expect(all).not.toMatch(/p@ss|p%40ss|first line|last line/)
    expect(log).toMatch(/out {3}PGPASSWORD=\*\*\*$/m)
    // Too short to be told from other words.
    expect(log).toMatch(/out {3}SHORT_KEY=KEY$/m)
  })

  test('that fails is a failure, and the ledger has its code and its last lines', async () => {
    await using world = await startSchedule({ report: exec('seq 100; exit 3') })
    expect(await world.run(now)).toMatchObject([{ status: 'failed', failures: 1 }])
    const [{ message }] = (await world.store.sql`select message from ingest_occurrences`) as unknown as [{ message: string }]
    const lines = Array.from({ length: 20 }, (_, i) => 81 + i)
    expect(message).toBe(`The program exited with code 3. See sports-ingest runs show 1 --log.\nLast lines:\n${lines.join('\n')}`)
    expect(await world.why('report', '2026-03-02T06:00', now)).toMatch(
      /with 1 failure\. The program exited with code 3\. See sports-ingest runs show 1 --log\.\n {2}Its last lines:\n {2}81\n.*\n {2}100$/s,
    )
    expect(await runsOf(world)).toMatchObject([{ status: 'failed', error: 'The program exited with code 3.' }])
  })

  test('that is not there, or ends by a signal, is a failure that says so', async () => {
    const jobs = { gone: { run: 'exec', command: ['no-such-program'] }, killed: exec('kill -9 $$') } as const
    await using world = await startSchedule(jobs)
    const ran = await world.run(now)
    expect(ran.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The program cannot be started: there is no no-such-program in PATH/),
      expect.stringMatching(/^The program was ended by SIGKILL\./),
    ])
  })

  test('notes a value for its watermark, which its run commits if it ends well', async () => {
    using gate = createGate()
    await using world = await startSchedule({ report: exec(gate.script('exit 0')) })
    const note = (runId: number, value: string) => noteOwnWatermark(world.store.database, { job: 'report', runId, value })
    let minute = 0
    const runWith = async (value: string) => {
      const running = world.run(`2026-03-02T07:0${minute++}:00Z`, { forced: true })
      await gate.begun()
      const [{ id }] = (await world.store.sql`select max(id)::int as id from ingest_runs`) as unknown as [{ id: number }]
      const noted = await note(id, value)
      const before = await watermarks(world)
      gate.go()
      await running
      return { noted, before, after: await watermarks(world) }
    }
    const at = (value: string) => [{ stage: 'job', key: 'report', value }]
    expect(await runWith('10')).toEqual({ noted: { previous: null }, before: [], after: at('10') })
    // Any value, not only a greater one: what it means is the program's own business.
    expect(await runWith('9')).toEqual({ noted: { previous: '10' }, before: at('10'), after: at('9') })
    world.jobs = { report: exec(gate.script('exit 1')) }
    expect(await runWith('11')).toEqual({ noted: { previous: '9' }, before: at('9'), after: at('9') })
    expect(await world.store.sql`select previous, value, run_id::int as run from ingest_watermark_history order by id`).toEqual([
      { previous: null, value: '10', run: 1 },
      { previous: '10', value: '9', run: 2 },
    ])
    expect(await runsOf(world)).toMatchObject([
      { before: null, after: '10' },
      { before: '10', after: '9' },
      { before: '9', after: '9', status: 'failed' },
    ])
    await expect(note(2, 'late')).rejects.toThrow('Run 2 of report has ended (done).')
    await expect(note(99, 'none')).rejects.toThrow('There is no run 99 of a program in')
  })

  test('notes and keeps nothing once another process has its lease', async () => {
    using gate = createGate()
    await using world = await startSchedule({ report: exec(gate.script('exit 0')), others: { run: 'prune' } })
    const running = world.run(now)
    await gate.begun()
    const note = (value: string) => noteOwnWatermark(world.store.database, { job: 'report', runId: 1, value })
    await note('early')
    await steal(world)
    await expect(note('late')).rejects.toThrow('Run 1 of report has lost its lease.')
    gate.go()
    // The job is the other one's; those behind it are not.
    expect(await running).toMatchObject([{ job: 'others', status: 'done' }])
    expect(await watermarks(world)).toEqual([])
    expect(await world.ledger('report')).toEqual(['2026-03-02T06:00 running'])
    await world.store.sql`delete from ingest_leases`
    world.jobs = { report: exec('exit 0') }
    await world.run('2026-03-03T06:00:00Z')
    expect(await world.ledger('report')).toEqual(['2026-03-02T06:00 lost', '2026-03-03T06:00 done'])
    expect((await runsOf(world)).map(({ status }) => status)).toEqual(['lost', 'done'])
    expect(await world.why('report', '2026-03-02T06:00', '2026-03-03T06:00:00Z')).toContain(
      'Its program was stopped, and its watermark did not move. See sports-ingest runs show 1.',
    )
  })

  test('is stopped when its time is over, or somebody stops the process', async () => {
    await using world = await startSchedule({
      report: { ...exec('echo begun; trap "echo end; exit 0" TERM; while :; do sleep 0.05; done'), timeoutMs: 500 },
    })
    const [late] = await world.run(now)
    expect(late).toMatchObject({
      status: 'failed',
      failures: 1,
      message: expect.stringMatching(/^report was stopped: it had run for 0\.5 s\..*\nend$/s),
    })
    using gate = createGate()
    world.jobs = { report: exec(gate.script('exit 0')) }
    const stop = new AbortController()
    const running = world.run('2026-03-02T07:00:00Z', { forced: true, signal: stop.signal })
    await gate.begun()
    stop.abort(new StoppedError('SIGTERM'))
    await expect(running).rejects.toThrow('Stopped by SIGTERM.')
    expect(await runsOf(world)).toMatchObject([{ status: 'failed' }, { status: 'stopped' }])
  })
})

describe('statements', () => {
  const ledger = 'create table if not exists effects (n int)'
  const effects = ({ store }: World) => store.sql`select n from effects order by n`

  test('are committed with the end of their run, and their log has notices and counts', async () => {
    using folder = createScratch()
    const file = join(folder.path, 'totals.sql')
    writeFileSync(
      file,
      `${ledger};\n-- a comment; of course\ninsert into effects values (1), (2);\nupdate effects set n = n + 1 where n = 2;\ndo $$ begin raise notice E'two\\nlines'; end $$`,
    )
    await using world = await startSchedule({ totals: { run: 'sql', file } })
    expect(await world.run(now)).toMatchObject([{ status: 'done', runs: [1] }])
    expect(await effects(world)).toEqual([{ n: 1 }, { n: 3 }])
    expect(await world.store.sql`select status, counts -> 'rows' as rows from ingest_runs`).toEqual([
      { status: 'done', rows: { inserted: 2, updated: 1, deleted: 0 } },
    ])
    const log = await world.store.database.run(sql => readRunLog(sql, 1))
    expect(
      log
        ?.split('\n')
        .map(line => line.slice(10))
        .slice(1, -1),
    ).toEqual(['SQL   CREATE TABLE', 'SQL   INSERT 2', 'SQL   UPDATE 1', 'NOTICE two', 'NOTICE lines', 'SQL   DO'])
  })

  test.each<[string, string, RegExp]>([
    [
      'an error',
      `${ledger};\nselect 1;\n  select nothing`,
      /^jobs\.totals\.sql, line 3, character 10: column "nothing" does not exist\./,
    ],
    [
      'VACUUM',
      `${ledger}; vacuum`,
      /^jobs\.totals\.sql, line 1, character \d+: VACUUM cannot run inside a transaction block\. The statements of a job are one transaction/,
    ],
    [
      'an index that is built concurrently',
      `${ledger}; create index concurrently on effects (n)`,
      /CONCURRENTLY cannot run inside a transaction block\. The statements/,
    ],
    [
      'COMMIT',
      `${ledger}; commit; insert into effects values (1)`,
      /^jobs\.totals\.sql, line 1, character \d+: COMMIT does not run here\. The statements of a job are one transaction, which is committed with its run\. Leave it out\.$/,
    ],
    ['BEGIN', `begin; ${ledger}; end`, /character 1: BEGIN does not run here\./],
    [
      'a commit in a procedure',
      `${ledger}; create procedure p() language plpgsql as $$ begin commit; end $$; call p()`,
      /invalid transaction termination/,
    ],
    [
      'a command of psql',
      `${ledger};\n\\copy effects to x.csv`,
      /line 2, character 1: \\copy is a command of psql, not a statement\. To use it, start psql in a job with run: exec\.$/,
    ],
    ['COPY from the client', `${ledger}; copy effects from stdin`, /COPY from or to this program does not run here\./],
    [
      'a read-only transaction',
      'set transaction read only',
      /^jobs\.totals\.sql has made its transaction read-only, .* Leave out SET TRANSACTION READ ONLY\.$/,
    ],
    ['no statement', '-- nothing;', /^jobs\.totals\.sql has no statement\.$/],
  ])('that have %s fail, say where, and keep nothing', async (_, sql, message) => {
    await using world = await startSchedule({ totals: { run: 'sql', sql } })
    const [ran] = await world.run(now)
    expect(ran).toMatchObject({ status: 'failed', failures: 1 })
    expect(ran?.message?.split('\nLast lines:')[0]).toMatch(message)
    expect(await world.store.sql`select to_regclass('effects') as t`).toEqual([{ t: null }])
    expect(await world.ledger('totals')).toEqual(['2026-03-02T06:00 failed'])
  })

  test('whose connection ends run again, and the log says so', async () => {
    await using world = await startSchedule({})
    await world.store.sql`create sequence attempts`
    const end = `select pg_terminate_backend(pg_backend_pid()) where nextval('attempts') = 1`
    world.jobs = { totals: { run: 'sql', sql: `${ledger}; insert into effects values (1); ${end}` } }
    expect(await world.run(now)).toMatchObject([{ status: 'done' }])
    expect(await effects(world)).toEqual([{ n: 1 }])
    const log = await world.store.database.run(sql => readRunLog(sql, 1))
    expect(log).toMatch(/SQL {3}The connection or the transaction was lost\. Attempt 2 begins\.\n.* CREATE TABLE$/m)
  })

  test('that take too long are cancelled in the server', async () => {
    await using world = await startSchedule({ totals: { run: 'sql', sql: `${ledger}; select pg_sleep(1000)`, timeoutMs: 300 } })
    expect(await world.run(now)).toMatchObject([{ status: 'failed', message: expect.stringContaining('it had run for 0.3 s') }])
    expect(
      await world.store
        .sql`select from pg_stat_activity where datname = current_database() and query like '%pg_sleep(1000)%' and pid <> pg_backend_pid()`,
    ).toEqual([])
  })

  test('may change role and search_path, which end with them', async () => {
    await using world = await startSchedule({
      totals: { run: 'sql', sql: `create schema other; set search_path to other; ${ledger}` },
    })
    expect(await world.run(now)).toMatchObject([{ status: 'done' }])
    expect(await world.store.sql`select to_regclass('other.effects')::text as t`).toEqual([{ t: 'other.effects' }])
  })

  test('are not committed by who has lost the lease', async () => {
    await using world = await startSchedule({})
    await world.store.sql`create table effects (n int)`
    const sql = 'insert into effects values (1); select pg_advisory_xact_lock(7)'
    world.jobs = { totals: { run: 'sql', sql } }
    const running = await world.store.sql.begin(async tx => {
      await tx`select pg_advisory_xact_lock(7)`
      const started = world.run(now, { forced: true })
      await until('the statements wait', async () => {
        const [waiting] = await world.store.sql`
          select from pg_locks where locktype = 'advisory' and objid = 7 and not granted
            and database = (select oid from pg_database where datname = current_database())`
        return waiting !== undefined
      })
      await steal(world)
      return { started }
    })
    await expect(running.started).rejects.toThrow('Lost the lease job:totals')
    expect(await effects(world)).toEqual([])
  })

  test('whose commit loses its answer are not run twice', async () => {
    await using world = await startSchedule({})
    await world.store.sql`create table effects (n int)`
    await using proxy = await startPostgresProxy(world.store.url)
    // The decision, the run's begin, and the statements: each is lost once.
    proxy.loseAnswers(nth => nth % 2 === 1)
    world.url = proxy.url
    world.jobs = { totals: { run: 'sql', sql: 'insert into effects values (1)' } }
    expect(await world.run(now)).toMatchObject([{ status: 'done', failures: 0 }])
    expect(await effects(world)).toEqual([{ n: 1 }])
    expect(await runsOf(world)).toMatchObject([{ status: 'done' }])
    expect(await world.ledger('totals')).toEqual(['2026-03-02T06:00 done'])
  })
})

test('temporary tables of statements, called like those of the ledger, do not take what is written to it', async () => {
  const statements = 'create table kept (a int); create temp table ingest_runs as table ingest_runs; insert into kept values (1)'
  await using world = await startSchedule({ report: { run: 'sql', sql: statements } })
  expect(await world.run(now)).toMatchObject([{ status: 'done', failures: 0 }])
  expect(await runsOf(world)).toMatchObject([{ status: 'done' }])
  expect(await world.store.sql`select a from kept`).toEqual([{ a: 1 }])
})
