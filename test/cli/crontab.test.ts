import { chownSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { quick, runCli } from '../support/cli.ts'
import { createScratch } from '../support/scratch.ts'
import { createCrontab } from '../support/stand-in-crontab.ts'
import { expectOneLine, toldLines } from '../support/told.ts'

const file = `
api: { rate_limit: 5 }
jobs:
  daily_data: { frequency: "0 6 * * *", run: daily, missed: merge }
  weekly: { frequency: "0 23 * * 0", run: daily, weekly: true, timezone: Europe/London }
  off: { frequency: "*/5 * * * *", run: prune, enabled: false }
`

/** What the tests set for speed would be refused. */
const unset = Object.fromEntries(Object.keys(quick).map(name => [name, undefined]))

/** A user's home with a settings file, and a crontab of its own. */
function createHome(text = file) {
  const dir = createScratch()
  const crontab = createCrontab(dir.path)
  const home = join(dir.path, "o'home 100%")
  mkdirSync(home)
  writeFileSync(join(home, 'sports-ingest.config.yaml'), text)
  const env = (more: Record<string, string | undefined> = {}) => ({
    ...{ ...unset, PATH: crontab.path, HOME: home, XDG_DATA_HOME: undefined, XDG_STATE_HOME: undefined, TZ: 'UTC' },
    ...{ SPORTS_INGEST_DATA_DIR: join(home, 'data'), SPORTS_INGEST_NOW: undefined },
    ...more,
  })
  return {
    crontab,
    home,
    env,
    run: (words: string, more: Record<string, string | undefined> = {}) =>
      runCli(['schedule', 'crontab', ...words.split(' ').filter(Boolean)], env(more), home),
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  }
}

describe('schedule crontab', () => {
  test('prints lines that carry all they need, installs them, again, with changes, and removes them', async () => {
    using at = createHome()
    const others = 'SHELL=/usr/bin/fish\n# caf\xe9 100%\n0 5 * * * backup\n'
    at.crontab.write(others)
    const printed = await at.run('')
    expect(printed, printed.stderr).toMatchObject({ code: 0, stderr: '' })
    const [begin, ...lines] = printed.stdout.trimEnd().split('\n')
    expect(begin).toBe(`# BEGIN sports-ingest ${at.home}/sports-ingest.config.yaml with data in ${at.home}/data`)
    const quoted = `'${at.home.replace("'", `'"'"'`).replace('%', '\\%')}`
    expect(lines.at(-2)).toMatch(/^\*\/10 \* \* \* \* d=/)
    expect(lines.at(-2)).toContain(`SPORTS_INGEST_DATA_DIR=${quoted}/data' ${process.execPath} /`)
    expect(lines.at(-2)).toContain(`/bin/run.js schedule run --config ${quoted}/sports-ingest.config.yaml'; }`)
    expect(at.crontab.read()).toBe(others)

    expect(await at.run('--install')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Installed the lines in the crontab of .* Their output is kept in \//),
    })
    expect(at.crontab.read()).toBe(`${printed.stdout}${others}`)
    expect(await at.run('--install')).toMatchObject({ code: 0, stdout: expect.stringContaining(' has these lines already.') })
    expect(at.crontab.writes()).toBe(1)

    const perJob = await at.run('--install --per-job --sandbox --json')
    expect(JSON.parse(perJob.stdout), perJob.stderr).toMatchObject({ change: 'replaced' })
    const now = at.crontab.read() ?? ''
    expect(now.endsWith(others)).toBe(true)
    const starts = now.split('\n').filter(line => line.includes('run.js'))
    expect(starts).toEqual([
      expect.stringMatching(/^0 \S+ \* \* \S+ d=.* schedule run --job daily_data .*--sandbox; }/),
      expect.stringMatching(/^0 \S+ \* \* \S+ d=.* schedule run --job weekly .*--sandbox; }/),
    ])

    expect(await at.run('--remove')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Removed the lines from /) })
    expect(at.crontab.read()).toBe(others)
    expect(await at.run('--remove')).toMatchObject({ code: 0, stdout: expect.stringContaining('has no such lines') })
    at.crontab.write('')
    await at.run('--install')
    await at.run('--remove')
    expect(at.crontab.read()).toBeUndefined()
  })

  test('keeps two settings files, and two data directories of one, apart', async () => {
    using at = createHome()
    writeFileSync(join(at.home, 'b.yaml'), file)
    const begins = () => (at.crontab.read() ?? '').split('\n').filter(line => line.startsWith('# BEGIN'))
    await at.run('--install --config b.yaml', { SPORTS_INGEST_DATA_DIR: undefined })
    await at.run('--install', { SPORTS_INGEST_DATA_DIR: undefined })
    await at.run('--install')
    expect(begins()).toEqual([
      `# BEGIN sports-ingest ${at.home}/sports-ingest.config.yaml with data in ${at.home}/data`,
      `# BEGIN sports-ingest ${at.home}/sports-ingest.config.yaml`,
      `# BEGIN sports-ingest ${at.home}/b.yaml`,
    ])
    await at.run('--remove', { SPORTS_INGEST_CONFIG: 'b.yaml', SPORTS_INGEST_DATA_DIR: undefined })
    expect(begins()).toHaveLength(2)

    // What is left of a file that has moved, and what was not meant, is named.
    renameSync(join(at.home, 'sports-ingest.config.yaml'), join(at.home, 'c.yaml'))
    const { stderr } = await at.run('--install --config c.yaml', { SPORTS_INGEST_DATA_DIR: undefined })
    expect(stderr.split('\n').filter(Boolean)).toEqual([
      `The crontab also has lines for ${at.home}/sports-ingest.config.yaml with data in ${at.home}/data, which does not exist: take them out with crontab -e.`,
      `The crontab also has lines for ${at.home}/sports-ingest.config.yaml, which does not exist: take them out with crontab -e.`,
    ])
    expect(await at.run('--remove --config c.yaml', { SPORTS_INGEST_DATA_DIR: '/elsewhere' })).toMatchObject({
      stdout: expect.stringContaining('has no such lines'),
      stderr: expect.stringContaining(`It has those of another installation: ${at.home}/c.yaml.\n`),
    })
  })

  test('refuses what cron would not have, names the line for the settings file, and writes no secret', async () => {
    using at = createHome(`${file}racing: { username: "env:MY_RACING_NAME", password: "pass" }\n`)
    const environment = {
      ...{ DATABASE_URL: 'postgres://me:s3cret@db.example.org/sports', PGSSLMODE: 'require', MY_RACING_NAME: 's3cretname' },
      ...{ SPORTS_INGEST_API_RATE_LIMIT: '7', SPORTS_INGEST_JOBS_WEEKLY_DAYS_AHEAD: '2', LOG_LEVEL: 'warn' },
      ...{ SPORTS_INGEST_PROVIDER_NBA_CDN_URL: 'https://me:s3cret@stats.example.org', SPORTS_INGEST_NOW: '2026-03-07T12:00:00Z' },
    }
    const refused = await at.run('--install', environment)
    expect(refused).toMatchObject({ code: 101, stdout: '' })
    const settings = join(at.home, 'sports-ingest.config.yaml')
    const expected = [
      ['SPORTS_INGEST_NOW', 'It is no setting of a file: unset SPORTS_INGEST_NOW.'],
      ['SPORTS_INGEST_API_RATE_LIMIT', `Write into ${settings}: api: { rate_limit: 7 }`],
      [
        'DATABASE_URL',
        `Write into ${settings}: database: { url: "file:database-url" }, and the value into ${at.home}/database-url, which only you should be able to read.`,
      ],
      [
        'SPORTS_INGEST_PROVIDER_NBA_CDN_URL',
        `Write into ${settings}, which only you should be able to read: providers: { nba-cdn: { url: "ADDRESS" } }`,
      ],
      [
        'MY_RACING_NAME',
        `Write into ${settings}: racing: { username: "file:racing-username" }, and the value into ${at.home}/racing-username, which only you should be able to read.`,
      ],
      ['LOG_LEVEL', `Write into ${settings}: log: { level: "warn" }`],
      ['SPORTS_INGEST_JOBS_WEEKLY_DAYS_AHEAD', `Write into ${settings}: jobs: { weekly: { days_ahead: 2 } }`],
      ['PGSSLMODE', expect.stringMatching(/^Write what it says into the address of the database, in /)],
    ].map(([variable, remedy]) => [`${variable} is set in this environment, and cron does not have it.`, remedy])
    const hint = ' Hint: Nothing was installed. Write these lines, unset the variables, and run it again.'
    const told = toldLines({ ...refused, stderr: refused.stderr.replace(hint, '') }).map(line => line.split(/(?<=have it\.) /))
    expect(told).toEqual(expected)
    expect(refused.stderr).toContain(hint)
    expect(at.crontab.read()).toBeUndefined()

    const printed = await at.run('', environment)
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^# BEGIN/) })
    expect(printed.stderr).toContain('DATABASE_URL is set in this environment, and cron does not have it.')
    expect(printed.stdout + printed.stderr + refused.stderr).not.toContain('s3cret')

    writeFileSync(join(at.home, 'database-url'), 'postgres://me:s3cret@db.example.org/sports?sslmode=require')
    writeFileSync(settings, `${file}racing: { username: "me", password: "s3cret" }\ndatabase: { url: "file:database-url" }\n`)
    expect(await at.run('--install', { PGSSLMODE: 'require' })).toMatchObject({ code: 0 })
    expect(at.crontab.read()).not.toContain('s3cret')
  })

  test('hands on where certificates of authorities are, and nothing of a proxy', async () => {
    using at = createHome()
    const { stdout } = await at.run('', { NODE_EXTRA_CA_CERTS: '/etc/ssl/own.pem', HTTPS_PROXY: 'http://me:s3cret@proxy' })
    expect(stdout).toContain(' NODE_EXTRA_CA_CERTS=/etc/ssl/own.pem ')
    expect(stdout).not.toContain('s3cret')
  })

  test('that installs four settings at once loses none of them', async () => {
    using at = createHome()
    const data = [1, 2, 3, 4].map(n => join(at.home, `data${n}`))
    const ran = await Promise.all(data.map(SPORTS_INGEST_DATA_DIR => at.run('--install', { SPORTS_INGEST_DATA_DIR })))
    for (const { code, stderr } of ran) expect(code, stderr).toBe(0)
    const begins = (at.crontab.read() ?? '').split('\n').filter(line => line.startsWith('# BEGIN'))
    expect(begins.map(line => line.split(' data in ')[1]).sort()).toEqual(data)
  })

  test('says in one line why there is no crontab', async () => {
    using at = createHome()
    const fails = (words: string, says: RegExp, env = at.env()) =>
      expectOneLine(['schedule', 'crontab', ...words.split(' ')], { code: 101, says, env, cwd: at.home })
    at.crontab.refuse('You (me) are not allowed to use this program (crontab)')
    await fails('--install', /^The crontab cannot be read: You \(me\) are not allowed .* Hint: .*cron\.allow/)
    at.crontab.allow()
    await fails('--remove', /^There is no program crontab here\. Hint: Install cron/, { ...at.env(), PATH: at.home })
    at.crontab.write('a\n# END sports-ingest nothing\n# BEGIN sports-ingest x\n')
    writeFileSync(join(at.home, 'empty.yaml'), '')
    await fails('--install --config empty.yaml', /^The settings have no jobs\./)
    writeFileSync(join(at.home, 'dry.yaml'), `${file}features: { dry_run: true }\n`)
    await fails('--install --config dry.yaml', /^features\.dry_run is on, and due times cannot be decided without writing\./)
    await fails('--install --config none.yaml', /none\.yaml cannot be used: there is no such file\./)
    const name = `${at.home}/sports-ingest.config.yaml with data in ${at.home}/data`
    at.crontab.write(`a\n# BEGIN sports-ingest ${name}\n0 5 * * * mine\n`)
    await fails(
      '--install',
      /^Line 2 of the crontab says ".*", and no line after it ends it\. Nothing was changed\. Hint: Mend it by hand/,
    )
    expect(at.crontab.writes()).toBe(0)
    await expectOneLine(['schedule', 'crontab', '--remove', '--install'], {
      code: 100,
      says: /--install/,
      env: at.env(),
      cwd: at.home,
    })
  })

  test.runIf(process.getuid?.() === 0)('lets no shell of root write where others can put a link', async () => {
    using at = createHome()
    chownSync(at.home, 65534, 65534)
    await expectOneLine(['schedule', 'crontab', '--log-dir', join(at.home, 'log')], {
      code: 101,
      says: /^Root's shell would write a log in .*, which other users can replace by a link\. Hint: /,
      env: at.env(),
      cwd: at.home,
    })
  })
})
