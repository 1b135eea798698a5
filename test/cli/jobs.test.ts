import { expect, test } from 'vitest'
import type { BackgroundJob } from '../../src/store/background-jobs.ts'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { addJobs, countJobs, startWorker } from '../support/worker-run.ts'

test('a job is queued, worked, and shown; one that has failed is tried again; old ones are pruned', async () => {
  await using db = await createTestDatabase()
  const env = { DATABASE_URL: db.url }
  const jobs = async (...words: string[]) => {
    const { code, stdout, stderr } = await runCli(['jobs', ...words], env)
    return { code, said: stdout + stderr }
  }
  const read = async (id: number) => JSON.parse((await runCli(['jobs', 'show', `${id}`, '--json'], env)).stdout) as BackgroundJob

  expect(await jobs('list')).toEqual({ code: 0, said: 'There are no jobs.\n' })
  expect(await jobs('enqueue', '--triggered-by', 'admin', '--request-id', 'one')).toEqual({ code: 0, said: 'Job 1 is queued.\n' })
  expect((await jobs('enqueue', '--request-id', 'one')).said).toBe('Job 1 is queued.\nThe request one is job 1 already.\n')
  const wrong = await jobs('enqueue', '--only', 'update_power_rating')
  expect(wrong).toMatchObject({ code: 100, said: expect.stringContaining('did you mean update_power_ratings?') })
  for (const [words, said] of [
    [['--only', ''], 'There is no stats function called .'],
    [['--request-id', ''], '--request-id is empty.'],
  ] as const)
    expect(await jobs('enqueue', ...words)).toMatchObject({ code: 100, said: expect.stringContaining(said) })

  await using worker = startWorker(env)
  await worker.ready()
  const watched = await jobs('show', '1', '--watch')
  expect(watched).toMatchObject({ code: 0, said: expect.stringMatching(/^1: stats \{\}, completed \(admin, request one\)$/m) })
  const job = await read(1)
  expect(job).toMatchObject({
    status: 'completed',
    retryCount: 0,
    priority: 1,
    workerId: expect.stringContaining(`:${worker.pid}`),
  })
  expect(Object.keys(job.results)).toHaveLength(10)

  const [failing] = (await addJobs(db.sql, 1, 'unit')) as [number]
  expect(await jobs('show', `${failing}`, '--watch')).toMatchObject({
    code: 1,
    said: expect.stringMatching(/: unit .*, failed /),
  })
  expect((await jobs('show', `${failing}`)).said).toContain(`${failing}: unit {`)
  await db.sql`update background_job_status set kind = 'unheard-of' where id = ${failing}`
  expect((await jobs('list', '--status', 'failed')).said).toMatch(/^id .*\n\d+ +unheard-of +failed +admin /)
  expect((await jobs('retry', '1')).said).toContain('Job 1 is completed: only a failed one can be tried again.')
  await db.sql`update background_job_status set kind = 'stats' where id = ${failing}`
  expect((await jobs('retry', `${failing}`)).said).toBe(`Job ${failing} is queued again.\n`)
  await until('it is done', async () => (await read(failing)).status === 'completed')

  expect(await jobs('cancel', '1')).toMatchObject({
    code: 100,
    said: expect.stringContaining('Job 1 is completed, and cannot be cancelled'),
  })
  for (const words of [['show'], ['retry'], ['cancel']])
    expect(await jobs(...words, '99')).toEqual({ code: 100, said: 'There is no job 99. Hint: See sports-ingest jobs list.\n' })
  await db.sql`update background_job_status set completed_at = now() - interval '8 days' where id = 1`
  expect((await jobs('prune', '--older-than', '7d')).said).toBe('1 job was deleted.\n')
  expect(await countJobs(db.sql)).toEqual({ completed: 1 })

  worker.child.kill('SIGTERM')
  const { code, stdout } = await worker.done
  expect(code).toBe(143)
  expect(stdout).toMatch(/^\d\d:\d\d:\d\dZ {2}job 1 stats: completed in \d\.\d s, \d+ rows written$/m)
})

test('a job that waits or is at work can be cancelled; its worker stops and keeps nothing of it', async () => {
  await using db = await createTestDatabase()
  const env = { DATABASE_URL: db.url }
  const cancel = async (id: number) => (await runCli(['jobs', 'cancel', `${id}`], env)).stdout
  const [waiting, worked] = (await addJobs(db.sql, 2)) as [number, number]
  expect(await cancel(waiting)).toBe(`Job ${waiting} is cancelled.\n`)
  await using worker = startWorker({ ...env, SPORTS_INGEST_STEP: 'stop:job-begun' })
  await until('it is at work', async () => (await countJobs(db.sql))['processing'] === 1)
  expect(await cancel(worked)).toBe(`Job ${worked} is cancelled. Its worker stops within seconds.\n`)
  worker.child.kill('SIGCONT')
  await addJobs(db.sql, 1)
  await until('the worker goes on', async () => (await countJobs(db.sql))['completed'] === 1)
  expect(await countJobs(db.sql)).toEqual({ failed: 2, completed: 1 })
})

test('where a trigger is not queued, its job is done by the command itself', async () => {
  await using db = await createTestDatabase()
  const env = { DATABASE_URL: db.url, USE_BG_JOBS_ADMIN: 'false', WORKER_ID: 'ip-10-0-210-112:10344' }
  await db.sql`alter table background_job_status alter column id restart with 10344`
  const { code, stdout } = await runCli(['jobs', 'enqueue', '--json'], env)
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', retryCount: 0 })
  expect(await db.sql`select from pg_namespace where nspname = 'pgboss'`).toHaveLength(0)
  const list = (await runCli(['jobs', 'list'], env)).stdout.split('\n')
  expect(Math.max(...list.map(({ length }) => length))).toBeLessThanOrEqual(80)
})

test('a job that fails there has failed, and is not left to workers that nobody runs', async () => {
  await using db = await createTestDatabase()
  const env = { DATABASE_URL: db.url, USE_BG_JOBS_ADMIN: 'false' }
  await db.sql`alter table player_power_rating rename to away`
  const failed = await runCli(['jobs', 'enqueue', '--only', 'match_report_cache', '--only', 'power_ratings'], env)
  expect(failed).toMatchObject({ code: 1, stdout: expect.stringMatching(/^1: stats .*, failed \(admin\)$/m) })
  const rows = failed.stdout.split('\n').filter(line => line.startsWith('update_') && !line.includes(':'))
  expect(rows.map(line => line.split(/ +/).slice(0, 2))).toEqual([
    ['update_aggregated_match_report_cache', 'completed'],
    ['update_power_ratings', 'failed'],
  ])
  await db.sql`alter table away rename to player_power_rating`
  const again = await runCli(['jobs', 'retry', '1'], env)
  expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1: stats .*, completed \(admin\)$/m) })
})
