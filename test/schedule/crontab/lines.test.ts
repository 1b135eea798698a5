import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { crontabLines, type Start } from '../../../src/schedule/crontab/lines.ts'
import { createScratch } from '../../support/scratch.ts'

/** As cron has it: a shell, next to no environment, and \% for %. */
const asCron = (line: string, home: string) =>
  execFileSync('/bin/sh', ['-c', line.replace(/^(\S+ ){5}/, '').replaceAll('\\%', '%')], {
    env: { HOME: home, LOGNAME: 'me', PATH: '/usr/bin:/bin', SHELL: '/bin/sh' },
    cwd: home,
    encoding: 'utf8',
  })

describe('the lines of a crontab', () => {
  const odd = `a  b'c"d%e%%f$HOME\`g\`;h&i#j(k)~l*m`

  /** A program that says what it was called with. */
  function startIn(dir: string, config: string): Start {
    const home = join(dir, odd)
    mkdirSync(home)
    const script = join(home, 'run.js')
    writeFileSync(
      script,
      'console.log(JSON.stringify([process.argv.slice(2), process.env.SPORTS_INGEST_DATA_DIR])); console.error("end"); if (process.argv.includes("--sandbox")) process.exit(3)',
    )
    const environment = { SPORTS_INGEST_DATA_DIR: join(home, 'data') }
    return {
      node: process.execPath,
      script,
      config: join(home, config),
      sandbox: false,
      environment,
      logDir: join(home, 'log', 'er'),
    }
  }

  test('run the program with these paths, whatever is in them, and keep what it says for 30 days', () => {
    using dir = createScratch()
    const start = startIn(dir.path, 'c.yaml')
    const line = crontabLines(start, undefined).at(-1) ?? ''
    expect(line).toMatch(/^\*\/10 \* \* \* \* \S/)
    const home = join(dir.path, odd)
    expect(asCron(line, home)).toBe('')
    const [log = ''] = readdirSync(start.logDir)
    expect(log).toMatch(/^sports-ingest-\d{4}-\d\d-\d\d\.log$/)
    const said = `${JSON.stringify([['schedule', 'run', '--config', start.config], join(home, 'data')])}\nend\n`
    expect(readFileSync(join(start.logDir, log), 'utf8')).toBe(said)
    expect([statSync(start.logDir).mode & 0o777, statSync(join(start.logDir, log)).mode & 0o777]).toEqual([0o700, 0o600])

    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000 - 60_000)
    const files = { 'sports-ingest-2020-01-01.log': 31, 'sports-ingest-2020-01-02.log': 29, 'other-2020-01-01.log': 99 }
    for (const [name, days] of Object.entries(files)) {
      writeFileSync(join(start.logDir, name), '')
      utimesSync(join(start.logDir, name), daysAgo(days), daysAgo(days))
    }
    // That a job fails is in the log as well; cron would send it to nobody.
    const sandboxed = crontabLines({ ...start, sandbox: true }, undefined).at(-1) ?? ''
    expect(() => asCron(sandboxed, home)).toThrow(expect.objectContaining({ status: 3, stdout: '', stderr: '' }))
    expect(readdirSync(start.logDir).sort()).toEqual(['other-2020-01-01.log', log, 'sports-ingest-2020-01-02.log'].sort())
    expect(readFileSync(join(start.logDir, log), 'utf8')).toContain('--sandbox')
  })

  test('tell in the log that Node, or the program, is gone', () => {
    using dir = createScratch()
    const start = startIn(dir.path, 'c.yaml')
    const said = (gone: Partial<Start>) => {
      const line = crontabLines({ ...start, ...gone }, undefined).at(-1) ?? ''
      expect(() => asCron(line, dir.path)).toThrow(expect.objectContaining({ stderr: '' }))
      return readFileSync(join(start.logDir, readdirSync(start.logDir)[0] ?? ''), 'utf8')
    }
    expect(said({ node: join(dir.path, 'no-node') })).toContain('no-node: not found')
    expect(said({ script: join(dir.path, 'no-script.js') })).toContain('Cannot find module')
  })

  test('one for each job', () => {
    using dir = createScratch()
    const start = startIn(dir.path, 'c.yaml')
    const job = { name: 'daily_data', frequency: '0 6 * * *', timezone: 'America/New_York' }
    const [comment, line] = crontabLines(start, [{ job, fields: '0 10,11 * * *' }]).slice(-2)
    expect(comment).toBe('# daily_data: 0 6 * * * America/New_York')
    expect(line).toMatch(/^0 10,11 \* \* \* /)
    asCron(line ?? '', dir.path)
    expect(readFileSync(join(start.logDir, readdirSync(start.logDir)[0] ?? ''), 'utf8')).toContain(
      '["schedule","run","--job","daily_data","--config",',
    )
  })

  test.each([
    ['a line break', 'a\nb.yaml', /^\/a\\nb\.yaml has a control character, which is not safe in a crontab\.$/],
    ['a backslash', 'a\\b.yaml', /^\/a\\b\.yaml has a backslash/],
    [
      'more bytes than cron takes',
      `${'long/'.repeat(150)}c.yaml`,
      /^The command has \d+ bytes, and cron cuts it off after 998\.$/,
    ],
  ])('with %s are refused', (_, config, message) => {
    using dir = createScratch()
    const start = { ...startIn(dir.path, 'c.yaml'), config: `/${config}` }
    expect(() => crontabLines(start, undefined)).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.stringMatching(message) }),
    )
  })
})
