import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli, startCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { startHandMadeNba } from '../support/hand-made-nba.ts'
import { createScratch } from '../support/scratch.ts'
import { until } from '../support/until.ts'

const root = join(import.meta.dirname, '../..')
const now = '2025-01-16T12:00:00Z'

/** A folder with files, among them settings with jobs, and a database of its own. */
async function startWorld(files: Record<string, string>) {
  const store = await createTestDatabase()
  const dir = createScratch()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir.path, name), text)
  mkdirSync(join(dir.path, 'bin'))
  const program = join(dir.path, 'bin', 'sports-ingest')
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${join(root, 'bin/run.js')} "$@"\n`)
  chmodSync(program, 0o755)
  const env = { DATABASE_URL: store.url, SPORTS_INGEST_NOW: now, PATH: `${join(dir.path, 'bin')}:${process.env['PATH']}` }
  // In another folder: paths begin at the settings file.
  const words = (text: string) => [...text.split(' '), '--config', join(dir.path, 'sports-ingest.config.yaml')]
  return {
    ...{ dir: dir.path, sql: store.sql },
    start: (text: string, more: Record<string, string> = {}) => startCli(words(text), { ...env, ...more }, '/'),
    run: (text: string, more: Record<string, string> = {}) => runCli(words(text), { ...env, ...more }, '/'),
    [Symbol.asyncDispose]: async () => {
      dir[Symbol.dispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

const settings = (jobs: string) => ({ 'sports-ingest.config.yaml': `jobs:\n${jobs}\n` })

test('the jobs of the README work as they stand there', async () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const section = readme.slice(readme.indexOf('### Jobs of your own'))
  const [yaml, script, statements] = ['yaml', 'sh', 'sql'].map(
    kind => new RegExp(`\`\`\`${kind}\n(.*?)\`\`\``, 's').exec(section)?.[1],
  )
  const files = { 'sports-ingest.config.yaml': yaml, 'scores-report.sh': script, 'wins.sql': statements } as Record<
    string,
    string
  >
  await using world = await startWorld(files)
  chmodSync(join(world.dir, 'scores-report.sh'), 0o755)
  await using api = await startHandMadeNba({ games: [{ id: '0022400561', day: '2025-01-15' }] })
  expect(await world.run('schedule daily --sport nba', api.env)).toMatchObject({ code: 0 })

  const tested = await world.run('schedule run --test')
  expect(tested, tested.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`scores_report would start ${world.dir}/scores-report.sh nba in ${world.dir}.`),
  })
  expect(existsSync(join(world.dir, 'scores.csv'))).toBe(false)
  expect(await world.sql`select to_regclass('wins') as wins, (select count(*)::int from ingest_runs) as runs`).toEqual([
    { wins: null, runs: 1 },
  ])

  const ran = await world.run('schedule run --json')
  expect(JSON.parse(ran.stdout), ran.stderr).toMatchObject({
    occurrences: [
      {
        job: 'scores_report',
        status: 'done',
        runs: [2],
        message: expect.stringMatching(/^The program exited with code 0\.\nLast lines:\n/),
      },
      { job: 'wins', status: 'done', runs: [3] },
    ],
    failures: 0,
  })
  expect(readFileSync(join(world.dir, 'scores.csv'), 'utf8')).toContain('0022400561')
  expect(await world.sql`select sport, team_id, games from wins`).toEqual([{ sport: 'nba', team_id: '1610612737', games: 1 }])
  expect(await world.run('watermark get job scores_report')).toMatchObject({ code: 0, stdout: '2025-01-15\n' })
  expect((await world.run('watermark history job scores_report')).stdout).toMatch(/ - +2025-01-15 +run 2 *$/m)
  expect(await world.run('watermark verify')).toMatchObject({ code: 0 })

  const log = JSON.parse((await world.run('runs show 2 --log --json')).stdout)
  expect(log).toMatchObject({ id: 2, job: 'scores_report', sport: null, status: 'done', watermarkAfter: '2025-01-15' })
  expect(log.log).toMatch(/Z out {3}job scores_report: none → 2025-01-15, when run 2 ends with exit code 0$/m)
  expect((await world.run('runs show 3 --log')).stdout).toMatch(/Z SQL {3}INSERT 1$/m)
  // Every run has its log, whoever started it.
  expect((await world.run('runs show 1 --log')).stdout).toMatch(/Z INFO {2}job\.end job=daily sport=nba /)
  expect((await world.run('runs show 2')).stdout).toMatch(
    /^run +2: scores_report\nstatus +done, 0 failures\n.*^program +exit code 0$/ms,
  )

  // By hand, and by a program of no run.
  expect(await world.run('watermark set job scores_report 2025-01-10')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('job scores_report: 2025-01-15 → 2025-01-10\n'),
  })
  expect(await world.run('watermark set job wins x', { SPORTS_INGEST_RUN: '2' })).toMatchObject({
    code: 100,
    stderr:
      'Run 2 is one of the job scores_report, whose program sets no watermark of the job wins. Hint: The watermark stays as it is. To set it by hand, unset SPORTS_INGEST_RUN.\n',
  })
  expect(await world.run('watermark get job wins')).toMatchObject({ code: 1, stdout: '' })
  expect(await world.run('watermark set job scores_report x', { SPORTS_INGEST_RUN: '2' })).toMatchObject({
    code: 103,
    stderr: expect.stringMatching(
      /^Run 2 of scores_report has ended \(done\)\. Hint: Nothing was noted; the watermark stays as it is\.\n$/,
    ),
  })
  expect(await world.run('watermark set job scores x')).toMatchObject({
    code: 100,
    stderr: expect.stringContaining('There is no job called scores in the settings. Hint: Known: scores_report, wins.'),
  })
})

test('a program that fails tells its last lines, which drive no terminal', async () => {
  await using world = await startWorld(
    settings(
      `  report: { frequency: "0 8 * * *", run: exec, shell: 'printf "\\033[31mred\\033[2Jodd\\377\\n"; echo "$TOKEN" | wc -c; echo "is $TOKEN"; exit 3', env: { TOKEN: "env:T" } }`,
    ),
  )
  const { code, stdout, stderr } = await world.run('schedule run', { T: 's3cret' })
  expect({ code, stdout }).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^report +failed in .*, run 1\n {2}program +exit code 3\n/),
  })
  expect(stderr).toMatch(
    /^report: The program exited with code 3\. Hint: See sports-ingest runs show 1 --log\.\n {2}\\x1b\[31mred\\x1b\[2Jodd\ufffd\n {2}7\n {2}is \*\*\*$/m,
  )
  expect(stdout + stderr).not.toContain('s3cret')
  expect((await world.run('schedule why report 2025-01-16T12:00Z', { T: 's3cret' })).stdout).toContain(
    'Its last lines:\n  \\x1b[31mred\\x1b[2Jodd\ufffd\n  7\n  is ***',
  )
  expect((await world.run('runs show 1 --log', { T: 's3cret' })).stdout).toMatch(
    /Z out {3}\\x1b\[31mred\\x1b\[2Jodd.*Z out {3}is \*\*\*$/ms,
  )
})

describe('a process that is killed', () => {
  const sql = 'insert into effects values (1)'

  test.each([
    ['run-started', 0, 'lost'],
    ['before-commit', 0, 'lost'],
    ['after-commit', 1, 'done'],
  ])('at %s of its statements leaves their effect %i times', async (step, effects, status) => {
    await using world = await startWorld(settings(`  totals: { frequency: "0 12 * * *", timezone: UTC, run: sql, sql: ${sql} }`))
    await world.sql`create table effects (n int)`
    const count = async () => (await world.sql`select from effects`).length
    const killed = await world.run('schedule run', { SPORTS_INGEST_STEP: `kill:${step}` })
    expect({ signal: killed.signal, effects: await count() }).toEqual({ signal: 'SIGKILL', effects })
    const after = await world.run('schedule run', { SPORTS_INGEST_NOW: '2025-01-17T12:00:00Z' })
    expect(after, after.stderr).toMatchObject({ code: 0 })
    expect(await count()).toBe(effects + 1)
    expect(await world.sql`select status from ingest_occurrences order by due_at`).toEqual([{ status }, { status: 'done' }])
    expect(await world.sql`select status from ingest_runs order by id`).toEqual([{ status }, { status: 'done' }])
  })

  test('takes its program with it, keeps what that has noted, and what it said is there', async () => {
    const script = 'echo $$ > pid; echo said; sports-ingest watermark set job report 7; touch noted; sleep 1000'
    await using world = await startWorld(settings(`  report: { frequency: "0 7 * * *", run: exec, shell: "${script}" }`))
    const orchestrator = world.start('schedule run')
    await until('the program has noted', () => existsSync(join(world.dir, 'noted')))
    expect(await world.sql`select watermark_noted from ingest_runs`).toEqual([{ watermark_noted: '7' }])
    await until(
      'the log is written',
      async () => (await world.sql`select from ingest_run_logs where text like '%out   said%'`).length > 0,
    )
    orchestrator.child.kill('SIGKILL')
    await orchestrator.done
    const pid = Number(readFileSync(join(world.dir, 'pid'), 'utf8'))
    await until('the program is gone', () => {
      try {
        return !process.kill(pid, 0)
      } catch {
        return true
      }
    })
    expect(await world.run('watermark set job report 8', { SPORTS_INGEST_RUN: '1' })).toMatchObject({
      code: 103,
      stderr: expect.stringContaining('Run 1 of report has lost its lease.'),
    })
    expect(await world.run('watermark get job report')).toMatchObject({ code: 1 })
    expect((await world.run('runs show 1 --log')).stdout).toMatch(/Z out {3}said$/m)
  })

  test('by SIGTERM stops its program first', async () => {
    const script = "trap 'echo over > ended; exit 0' TERM; touch begun; while :; do sleep 0.05; done"
    await using world = await startWorld(settings(`  report: { frequency: "0 7 * * *", run: exec, shell: "${script}" }`))
    const orchestrator = world.start('schedule run')
    await until('the program has begun', () => existsSync(join(world.dir, 'begun')))
    orchestrator.child.kill('SIGTERM')
    expect(await orchestrator.done).toMatchObject({ code: 143 })
    expect(readFileSync(join(world.dir, 'ended'), 'utf8')).toBe('over\n')
    expect(await world.sql`select status from ingest_runs union all select status from ingest_occurrences`).toEqual([
      { status: 'stopped' },
      { status: 'stopped' },
    ])
  })
})

test('a program finds the embedded database, which stays up for it', async () => {
  const script = 'sports-ingest db query --csv "select count(*) from ingest_runs where id = $SPORTS_INGEST_RUN" > count.csv'
  await using world = await startWorld({
    'sports-ingest.config.yaml': `data_dir: data\njobs:\n  report:\n    frequency: "0 7 * * *"\n    run: exec\n    shell: ${JSON.stringify(script)}\n`,
  })
  const ran = await world.run('schedule run', { DATABASE_URL: '' })
  expect(ran, ran.stderr).toMatchObject({ code: 0 })
  expect(readFileSync(join(world.dir, 'count.csv'), 'utf8')).toBe('count\n1\n')
})
