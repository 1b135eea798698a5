import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { settingsWith } from '../../src/core/config/settings.ts'
import { quick, runCli } from '../support/cli.ts'
import { appJson, blueprint, railwayConfig } from '../support/host-schemas.ts'
import { createScratch } from '../support/scratch.ts'
import { expectOneLine } from '../support/told.ts'

const file = `
sports: { racing: { enabled: true } }
racing: { username: "me", password: "s3cret" }
jobs:
  daily_data: { frequency: "0 6 * * *", run: daily, missed: merge }
  weekly: { frequency: "30 21 * * sun", run: daily, weekly: true }
  cards: { frequency: "*/30 8-20 * * *", run: daily, sport: racing, timezone: Europe/London }
  off: { frequency: "*/5 * * * *", run: prune, enabled: false }
`
const unset = Object.fromEntries(Object.keys(quick).map(name => [name, undefined]))

interface File {
  name: string
  text: string
}

function createRepository(text = file) {
  const dir = createScratch()
  writeFileSync(join(dir.path, 'sports-ingest.config.yaml'), text)
  const environment = {
    ...{ ...unset, SPORTS_INGEST_DATA_DIR: join(dir.path, 'data of "me" 100% $x'), SPORTS_INGEST_API_RATE_LIMIT: '5' },
    ...{ DATABASE_URL: 'postgres://me:s3cret@db.example.org/sports', PGPASSWORD: 's3cret' },
  }
  return {
    ...{ path: dir.path, environment },
    run: (...words: string[]) => runCli(['deploy', ...words], environment, dir.path),
    async files(...words: string[]): Promise<File[]> {
      const { stdout, stderr, code } = await runCli(['deploy', ...words, '--json'], environment, dir.path)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).not.toContain('s3cret')
      const { files, notes, commands } = JSON.parse(stdout) as { files: File[]; notes: string[]; commands: string[] }
      expectToExist([...files.map(({ text }) => text), ...notes, ...commands].join('\n'))
      return files
    },
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  }
}

const { commands } = JSON.parse(readFileSync(join(import.meta.dirname, '../../oclif.manifest.json'), 'utf8')) as {
  commands: Record<string, { flags: object }>
}

/** Expects of each command in a text that it exists with its flags, and of each variable of ours that it is one of a setting. */
function expectToExist(text: string): void {
  const called = [...text.matchAll(/(?:npx sports-ingest|run\.js) ([^"\n]*)/g)].map(([, words = '']) => words.split(' '))
  expect(called.length).toBeGreaterThan(0)
  for (const words of called) {
    const name = words
      .slice(
        0,
        words.findIndex(word => word.startsWith('-')),
      )
      .join(':')
    const flags = words.flatMap(word => (word.startsWith('--') ? word.slice(2) : []))
    expect(Object.keys(commands[name]?.flags ?? {}), name).toEqual(expect.arrayContaining(flags))
  }
  const known = settingsWith([{ name: 'daily_data', env: [] }]).flatMap(({ variables }) => variables)
  for (const [name] of text.matchAll(/\b(?:SPORTS_INGEST|RACING|DATABASE)_[A-Z_]+\b/g)) expect(known).toContain(name)
}

describe('a manifest for', () => {
  test('Render is a Blueprint', async () => {
    using repository = createRepository()
    const [one, ...others] = await repository.files('render')
    expect([one?.name, others]).toEqual(['render.yaml', []])
    const { services, databases } = blueprint.parse(parse(one?.text ?? ''))
    expect(databases).toEqual([{ name: 'sports-ingest-db' }])
    expect(services.map(({ type, schedule, startCommand }) => [type, schedule, startCommand])).toEqual([
      ['cron', '*/10 * * * *', 'npx sports-ingest schedule run --config sports-ingest.config.yaml'],
      ['worker', undefined, 'npx sports-ingest live --config sports-ingest.config.yaml'],
    ])
    for (const { envVars } of services)
      expect(envVars).toEqual([
        { key: 'DATABASE_URL', fromDatabase: { name: 'sports-ingest-db', property: 'connectionString' } },
        { key: 'SPORTS_INGEST_API_RATE_LIMIT', value: '5' },
        { key: 'RACING_API_USERNAME', sync: false },
        { key: 'RACING_API_PASSWORD', sync: false },
      ])
    const perJob = blueprint.parse(parse((await repository.files('render', '--per-job'))[0]?.text ?? ''))
    expect(perJob.services.map(({ name, schedule }) => [name, schedule])).toEqual([
      ['sports-ingest-daily_data', '0 10,11 * * *'],
      ['sports-ingest-weekly', '30 1,2 * * *'],
      ['sports-ingest-cards', '0,30 7-20 * * *'],
      ['sports-ingest-live', undefined],
    ])
    // What is printed is the file.
    expect((await repository.run('render')).stdout).toBe(one?.text)
  })

  test('Railway is a file for each service', async () => {
    using repository = createRepository()
    const files = await repository.files('railway', '--per-job')
    const deploys = files.map(({ name, text }) => [name, railwayConfig.parse(JSON.parse(text)).deploy.cronSchedule])
    expect(deploys).toEqual([
      ['sports-ingest-daily_data.railway.json', '0 10,11 * * *'],
      ['sports-ingest-weekly.railway.json', '30 1,2 * * *'],
      ['sports-ingest-cards.railway.json', '0,30 7-20 * * *'],
      ['sports-ingest-live.railway.json', undefined],
    ])
    const { stderr } = await repository.run('railway')
    expect(stderr).toContain('\nSPORTS_INGEST_API_RATE_LIMIT=5\nRACING_API_USERNAME=\nRACING_API_PASSWORD=\n')
  })

  test('Heroku is a Procfile and an app.json, with the lines for its scheduler', async () => {
    using repository = createRepository()
    const [procfile, app] = await repository.files('heroku')
    expect([procfile, app].map(file => file?.name)).toEqual(['Procfile', 'app.json'])
    const processes = procfile?.text
      .trimEnd()
      .split('\n')
      .map(line => /^([\w-]+):\s+\S/.exec(line)?.[1])
    expect(processes).toEqual(['release', 'live'])
    const { env, formation } = appJson.parse(JSON.parse(app?.text ?? ''))
    expect(Object.keys(formation)).toEqual(['live'])
    expect(env).toEqual({
      SPORTS_INGEST_API_RATE_LIMIT: { value: '5' },
      RACING_API_USERNAME: { required: true },
      RACING_API_PASSWORD: { required: true },
    })
    const { stderr } = await repository.run('heroku', '--per-job')
    expect(stderr.match(/^npx sports-ingest schedule run --config sports-ingest\.config\.yaml --job \w+$/gm)).toHaveLength(3)
  })

  test('systemd is a service and a timer for what is due, and a service for live', async () => {
    using repository = createRepository()
    expect((await repository.files('systemd')).map(({ name }) => name)).toEqual([
      'sports-ingest.service',
      'sports-ingest.timer',
      'sports-ingest-live.service',
    ])
    const files = await repository.files('systemd', '--per-job')
    const calendars = files.flatMap(({ text }) => /^OnCalendar=(.*)$/m.exec(text)?.[1] ?? [])
    expect(calendars).toEqual(['*-*-* 10,11:0:00 UTC', '*-*-* 1,2:30:00 UTC', '*-*-* 7..20:0,30:00 UTC'])
    const { stderr } = await repository.run('systemd')
    expect(stderr).toContain('DATABASE_URL is set in this environment, and systemd does not have it. Write into ')
    expect(stderr).not.toContain('s3cret')
  })

  test('a file with a job that runs live starts no worker for it', async () => {
    using repository = createRepository('jobs: { live_data: { frequency: "*/5 * * * *", run: live } }\n')
    expect((await repository.files('railway')).map(({ name }) => name)).toEqual(['sports-ingest.railway.json'])
    expect((await repository.files('heroku'))[0]?.text).toMatch(/^release: .*\n$/)
  })

  test('files are written where there are none, and over none that says something else', async () => {
    using repository = createRepository()
    const dir = join(repository.path, 'units')
    expect(await repository.run('systemd', '--dir', 'units')).toMatchObject({ code: 0 })
    expect(readdirSync(dir)).toHaveLength(3)
    expect(await repository.run('systemd', '--dir', 'units')).toMatchObject({ code: 0 })
    writeFileSync(join(dir, 'sports-ingest.timer'), 'mine')
    const words = ['deploy', 'systemd', '--dir', 'units']
    const options = { env: repository.environment, cwd: repository.path }
    await expectOneLine(words, {
      ...options,
      code: 101,
      says: /sports-ingest\.timer exists, and says something else\. Nothing was written\./,
    })
    mkdirSync(join(repository.path, 'other'))
    writeFileSync(join(repository.path, 'other', 'no-folder'), '')
    await expectOneLine(['deploy', 'render', '--dir', 'other/no-folder'], {
      ...options,
      code: 101,
      says: /^The files cannot be written: /,
    })
    await expectOneLine(['deploy', 'fly'], { ...options, code: 100, says: /render, railway, heroku, systemd/ })
    await expectOneLine(['deploy'], { ...options, code: 100, says: /^Missing argument HOST: / })
  })
})

const analyze = '/usr/bin/systemd-analyze'
const hasSystemd = existsSync(analyze)
if (!hasSystemd) process.stderr.write('systemd-analyze is missing: units are not verified by it.\n')

test.runIf(hasSystemd)('systemd takes the units, with any path in them', async () => {
  using repository = createRepository()
  const odd = join(repository.path, `a  b'c"d%e$HOME;g`)
  mkdirSync(odd)
  writeFileSync(join(odd, 'sports-ingest.config.yaml'), file)
  for (const [dir, ...words] of [['one'], ['each', '--per-job']]) {
    const made = await runCli(['deploy', 'systemd', ...words, '--dir', dir ?? ''], repository.environment, odd)
    expect(made, made.stderr).toMatchObject({ code: 0 })
    const units = readdirSync(join(odd, dir ?? '')).map(name => `./${name}`)
    // It writes what it finds wrong to stderr, and ends with 1 for some of it only.
    const said = execFileSync('/bin/sh', ['-c', `${analyze} verify --man=no "$@" 2>&1`, 'sh', ...units], {
      cwd: join(odd, dir ?? ''),
      encoding: 'utf8',
    })
    expect(said).toBe('')
    const [unit = ''] = units.filter(name => name.endsWith('.timer'))
    const calendar = /^OnCalendar=(.*)$/m.exec(readFileSync(join(odd, dir ?? '', unit), 'utf8'))?.[1] ?? ''
    expect(execFileSync(analyze, ['calendar', calendar], { encoding: 'utf8' })).toContain('Next elapse')
  }
})
