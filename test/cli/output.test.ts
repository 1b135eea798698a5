import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { boxScoreOf, type HandMadeGame, startHandMadeNba } from '../support/hand-made-nba.ts'
import { reply } from '../support/provider-server.ts'
import { createScratch } from '../support/scratch.ts'
import { toldLines } from '../support/told.ts'

const root = join(import.meta.dirname, '../..')
const commands = globSync('**/*.ts', { cwd: join(root, 'src/commands') }).map(file =>
  file.replace(/(\/index)?\.ts$/, '').split('/'),
)
/** oclif's own: they have no --json. */
const foreign = ['help', 'autocomplete']
const own = commands.filter(([topic]) => !foreign.includes(topic ?? ''))
const topics = [...new Set(own.filter(words => words.length > 1).map(words => words.slice(0, 1)))]

const escapeCode = String.fromCharCode(27)
const tooWide = (text: string) => text.split('\n').filter(line => line.length > 80)

describe('help', () => {
  test.each([[''], ...[...own, ...topics, ['autocomplete']].map(words => [words.join(' ')])])(
    'of "%s" fits 80 columns',
    async words => {
      const { code, stdout, stderr } = await runCli([...words.split(' ').filter(Boolean), '--help'])
      expect(tooWide(stdout)).toEqual([])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      if (own.some(command => command.join(' ') === words)) {
        expect(stdout).toContain('EXAMPLES')
        expect(stdout).toContain('--json')
        expect(stdout).toContain('--config')
      }
    },
  )

  test('is the same by help, --help and -h; a topic lists its commands, and no words at all list the topics', async () => {
    const [byWord, byFlag, byLetter] = await Promise.all(
      [
        ['help', 'watermark', 'get'],
        ['watermark', 'get', '--help'],
        ['watermark', 'get', '-h'],
      ].map(args => runCli(args)),
    )
    expect(byFlag?.stdout).toContain('watermark get')
    expect(byWord?.stdout).toBe(byFlag?.stdout)
    expect(byLetter?.stdout).toBe(byFlag?.stdout)
    const topic = await runCli(['watermark'])
    for (const verb of ['get', 'set', 'list', 'history']) expect(topic.stdout).toContain(`watermark ${verb}`)
    const all = await runCli([])
    for (const [name] of topics) expect(all.stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  test('names every flag of the contract for schedule daily', async () => {
    const { stdout } = await runCli(['schedule', 'daily', '--help'])
    for (const flag of ['sport', 'date', 'days-back', 'days-ahead', 'weekly', 'only', 'dry-run', 'sandbox', 'sandbox-faults'])
      expect(stdout).toContain(`--${flag}`)
    expect(stdout).toMatch(/--(\[no-\]|no-)catch-up/)
  })

  test('--version is one line with the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    const { code, stdout, stderr } = await runCli(['--version'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^sports-ingest/${version.replaceAll('.', '\\.')} \\S+ node-v\\d+\\S*\\n$`))
  })

  test('autocomplete explains itself and knows the commands', async () => {
    using dir = createScratch()
    const home = { HOME: dir.path, XDG_CACHE_HOME: dir.path, SHELL: '/bin/bash' }
    const shown = await runCli(['autocomplete', 'bash'], home)
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('sports-ingest autocomplete script bash') })
    const [file] = globSync(join(dir.path, '**/bash/sports-ingest.bash'))
    const offered = readFileSync(file ?? '', 'utf8')
    for (const words of own) expect(offered).toContain(words.join(':'))
  })
})

describe('results and logs', () => {
  const yesterday: HandMadeGame[] = Array.from({ length: 12 }, (_, i) => ({
    id: `00224005${60 + i}`,
    day: '2025-01-15',
    sides: [1610612737 + 2 * i, 1610612738 + 2 * i],
  }))
  let store: TestDatabase
  let api: Awaited<ReturnType<typeof startHandMadeNba>>
  let env: Record<string, string>
  beforeAll(async () => {
    // One game's box score disagrees with the schedule, so that the receipt has something long to say.
    const other = reply(200, {}, boxScoreOf({ ...(yesterday[0] as HandMadeGame), score: [130, 99] }))
    api = await startHandMadeNba({ games: yesterday, boxes: { [yesterday[0]?.id ?? '']: () => other } })
    store = await createTestDatabase()
    env = { ...api.env, DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' }
  })
  afterAll(async () => {
    await api[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  })

  test.each(['json', 'pretty'])('job.start and job.end are there for grep in the %s format, on stderr', async format => {
    const { code, stdout, stderr } = await runCli(['schedule', 'daily', '--date', '2025-01-15'], {
      ...env,
      SPORTS_INGEST_LOG_FORMAT: format,
    })
    expect(code).toBe(0)
    expect(stderr).toMatch(/job\.start job=daily target_date=2025-01-15 /)
    expect(stderr).toMatch(/job\.end .*failures=0 games=12 /)
    expect(stdout).not.toContain('job.')
    if (format === 'json')
      for (const line of stderr.trim().split('\n'))
        expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), event: expect.any(String) })
    else expect(stderr).toMatch(/^12:00:\d\dZ INFO {2}job\.start/m)
  })

  test('LOG_LEVEL=error leaves stderr empty when nothing is wrong; debug tells each request', async () => {
    expect((await runCli(['schedule', 'daily'], { ...env, LOG_LEVEL: 'error' })).stderr).toBe('')
    expect((await runCli(['schedule', 'daily'], { ...env, LOG_LEVEL: 'debug' })).stderr).toMatch(/http\.request .*boxscore_/)
  })

  test('a receipt fits 80 columns, also with findings and days that failed', async () => {
    const { code, stdout } = await runCli(['schedule', 'daily', '--date', '2024-06-01'], env)
    expect(code).toBe(1)
    expect(stdout).toContain('failed')
    const shown = await runCli(['schedule', 'daily', '--no-catch-up'], env)
    expect(shown.stdout).toContain('findings')
    for (const text of [stdout, shown.stdout]) expect(tooWide(text)).toEqual([])
  })

  test('without a terminal, or with NO_COLOR, there are no colours', async () => {
    const { stdout, stderr } = await runCli(['schedule', 'daily'], { ...env, SPORTS_INGEST_LOG_FORMAT: 'pretty' })
    expect(stdout + stderr).not.toContain(escapeCode)
  })

  test.each([
    'schedule daily',
    'schedule daily --dry-run',
    'watermark get schedule daily',
    'watermark get backfill nba:2024-25',
    'watermark set schedule daily 2025-01-15',
    'watermark list',
    'watermark history schedule daily',
    'runs list',
    'runs show 1',
    'dead-letters list',
    'db migrate',
    'db status',
    'config show',
    'config validate',
  ])('%s --json prints one JSON value and nothing else', async words => {
    const { stdout, stderr } = await runCli([...words.split(' '), '--json'], env)
    expect(typeof JSON.parse(stdout)).toBe('object')
    expect(toldLines({ stdout, stderr, code: 0, signal: null })).toEqual([])
  })
})
