import { expect, test } from 'vitest'
import { startCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

test('workers that start at the same moment on a new database are all at work', async () => {
  await using db = await createTestDatabase()
  const workers = Array.from({ length: 5 }, () => startCli(['worker', '--concurrency', '1'], { DATABASE_URL: db.url }))
  // They listen for jobs once they have their queue.
  await until('all of them listen', async () => {
    const ended = workers.find(({ child }) => child.exitCode !== null)
    if (ended) throw new Error((await ended.done).stderr)
    const listening = await db.sql`
      select from pg_stat_activity where datname = current_database() and query = 'listen "sports_ingest_jobs"'`
    return listening.length === workers.length
  })
  for (const { child } of workers) child.kill('SIGTERM')
  const ends = await Promise.all(workers.map(({ done }) => done))
  for (const { code, stdout, stderr } of ends) {
    expect(code, stderr).toBe(143)
    expect(stdout).toContain(' is ready: 1 at a time, by pg-boss.')
  }
})
