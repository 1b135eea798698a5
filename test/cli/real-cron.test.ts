import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { noCron, startPrivateCron } from '../support/private-cron.ts'
import { createScratch } from '../support/scratch.ts'

if (noCron) process.stderr.write(`The test of a newcomer's crontab is skipped: ${noCron}.\n`)

const program = join(import.meta.dirname, '../../bin/run.js')

/** A minute until cron looks at its tables, and the time of a first run beside other tests. */
const inTime = { timeout: 170_000, interval: 500 }

test.skipIf(noCron)("the README's first steps with cron end in rows of the sandbox", { timeout: 240_000 }, async () => {
  using dir = createScratch()
  const home = join(dir.path, "my 100% 'home'")
  mkdirSync(home)
  await using cron = await startPrivateCron(dir.path, home)
  const inShell = async (command: string, ...args: string[]) => {
    const child = cron.start(command, args, home, { SPORTS_INGEST_DATA_DIR: join(dir.path, 'data') })
    const [code, stdout, stderr] = await Promise.all([
      new Promise(resolve => child.once('exit', resolve)),
      ...[child.stdout, child.stderr].map(stream => text(stream)),
    ])
    return { code, stdout: stdout as string, stderr: stderr as string }
  }
  const run = (...words: string[]) => inShell(process.execPath, program, ...words)
  const done = expect.objectContaining({ code: 0 })
  expect(await run('config', 'init')).toEqual(done)
  expect(await run('config', 'validate')).toEqual(done)
  expect(await run('schedule', 'run', '--test', '--sandbox')).toEqual(done)
  // Debian's crontab reads each line before it takes it.
  expect(await run('schedule', 'crontab', '--install', '--per-job')).toEqual(done)
  expect(await run('schedule', 'crontab', '--install', '--sandbox')).toEqual(done)
  // Each minute instead of every ten, so that the test takes less than two; the rest of the line is as it was installed.
  expect(await inShell('/bin/sh', '-c', `crontab -l | sed 's,^\\*/10 ,* ,' | crontab -`)).toEqual(done)

  const today = () => new Intl.DateTimeFormat('sv').format(new Date())
  const log = () => cron.read(`/var/log/sports-ingest/sports-ingest-${today()}.log`) ?? ''
  await expect.poll(log, inTime).toMatch(/^daily_data, due at .*: done in /m)
  await expect.poll(log, inTime).toMatch(/^reference_data, due at .*: done in /m)
  const rows = await run('db', 'query', '--sandbox', '--json', 'select count(*)::int as games from games')
  expect(rows).toEqual(done)
  expect(JSON.parse(rows.stdout)[0].games).toBeGreaterThan(10)
  expect(await run('schedule', 'crontab', '--remove')).toEqual(done)
})
