import { openApp } from '../../src/app.ts'
import { createFastClock } from '../../src/core/clock.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { StoppedError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import { listJobs } from '../../src/schedule/jobs-of-file.ts'
import { runDueJobs } from '../../src/schedule/run-due.ts'

/**
 * A host whose cron calls the orchestrator every ten minutes of a faster clock, until the process is stopped. It says on stdout when it
 * begins, and what it has run, a due time a line. Started as a program: what a process of the command costs to start would be a day on that clock.
 */
const { config } = await loadConfig({ env: process.env, cwd: process.cwd() })
const clock = createFastClock(Number(config.clock?.slice(1)), { startAt: config.now, since: config.clockSince })
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort(new StoppedError('SIGTERM')))
const { signal } = stop
const app = await openApp({ config, clock, log: silentLog, signal })
const say = ({ job, dueAt, status }: { job: string; dueAt: Date; status: string }) =>
  process.stdout.write(`${JSON.stringify({ job, dueAt, status })}\n`)
process.stdout.write('ready\n')
try {
  for (;;) {
    await runDueJobs(app, listJobs(config), { forced: false, sandbox: false }, { onEnd: say })
    await clock.sleep(10 * 60_000, signal)
  }
} catch (error) {
  if (!signal.aborted) process.stderr.write(`${(error as Error).stack}\n`)
} finally {
  await app.close()
}
process.exit(signal.aborted ? 0 : 1)
