import { expect, test } from 'vitest'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import type { CliResult } from '../support/cli.ts'
import { csv } from '../support/csv.ts'
import { gameLine, toCome } from '../support/hand-made-nfl.ts'
import { type NflLeague, startNflLeague } from '../support/nfl-league.ts'
import { reply, startProviderServer } from '../support/provider-server.ts'
import { toldLines } from '../support/told.ts'

const daily = ['schedule', 'daily', '--sport', 'nfl', '--only', 'games', '--json']
const live = ['live', '--sport', 'nfl', '--once', '--only', 'scoreboard', '--json']

const receiptOf = ({ stdout }: CliResult): Receipt => (JSON.parse(stdout) as { runs: [Receipt] }).runs[0]

const states = async ({ store: { sql } }: NflLeague): Promise<Record<string, string>> => {
  const rows = await sql<{ id: string; says: string }[]>`
    select provider_id as id, concat_ws(' ', status, away_score || ':' || home_score) as says from games order by 1`
  return Object.fromEntries(rows.map(({ id, says }) => [id, says]))
}

const event = (id: string, clubs: readonly [string, string], points: readonly [string, string], isOver: boolean) => ({
  id,
  date: '2024-09-08T17:00Z',
  status: {
    period: 4,
    type: isOver
      ? { name: 'STATUS_FINAL', state: 'post', completed: true, shortDetail: 'Final' }
      : { name: 'STATUS_IN_PROGRESS', state: 'in', completed: false, shortDetail: '2:00 - 4th' },
  },
  competitions: [
    {
      competitors: clubs.map((abbreviation, i) => ({
        homeAway: i === 0 ? 'away' : 'home',
        score: points[i],
        team: { abbreviation },
      })),
    },
  ],
})

test('once its hours are over a game is what games.csv says of it, whoever looked in between, though the file has not changed since', async () => {
  const ids = ['2024_01_BAL_KC', '2024_01_LV_LAC', '2024_01_SEA_NE', '2024_01_GB_CHI'] as const
  const [corrected, brokenOff, renumbered, gone] = ids
  const lines = ids.map((id, i) => gameLine(id, { ...toCome, espn: `40${i}` }))
  const files = { games: csv(lines) }
  await using world = await startNflLeague(files)
  await using espn = await startProviderServer(({ path }) =>
    path.includes('dates=20240908')
      ? reply(
          200,
          {},
          {
            events: [
              event('400', ['BAL', 'KC'], ['17', '21'], true),
              event('401', ['LV', 'LAC'], ['3', '7'], false),
              event('403', ['GB', 'CHI'], ['10', '9'], false),
            ],
          },
        )
      : reply(200, {}, { events: [] }),
  )
  const run = async (words: readonly string[], now: string) => {
    const done = await world.run(words, { SPORTS_INGEST_NOW: now, SPORTS_INGEST_PROVIDER_ESPN_URL: espn.url })
    expect(done.code, done.stderr).toBe(0)
    return receiptOf(done)
  }
  await run(daily, '2024-09-08T12:00:00Z')
  await run(live, '2024-09-08T20:00:00Z')
  const followed = { [corrected]: 'final 17:21', [brokenOff]: 'live 3:7', [gone]: 'live 10:9' }
  expect(await states(world)).toEqual({ ...followed, [renumbered]: 'scheduled' })

  const moved = '2024_02_SEA_NE'
  files.games = csv([gameLine(corrected, { espn: '400' }), lines[1] ?? {}, gameLine(moved, { ...toCome, espn: '402' })])
  expect(await run(daily, '2024-09-08T21:00:00Z')).toMatchObject({ findings: [{ item: corrected, check: 'final-score' }] })
  expect(await states(world)).toEqual({ ...followed, [renumbered]: 'cancelled', [moved]: 'scheduled' })
  expect(await run(daily, '2024-09-09T04:59:00Z')).toMatchObject({ units: { unchanged: 1 } })

  expect(await run(daily, '2024-09-09T05:00:00Z')).toMatchObject({ units: { done: 1 }, findings: [] })
  expect(await states(world)).toEqual({
    [corrected]: 'final 17:20',
    [brokenOff]: 'scheduled',
    [renumbered]: 'cancelled',
    [gone]: 'cancelled',
    [moved]: 'scheduled',
  })
  expect(await run(daily, '2024-09-20T12:00:00Z')).toMatchObject({ units: { unchanged: 1 } })
})

test('scores go to their clubs, whichever ESPN lists as the visitor; other clubs, and an end without a score, are findings', async () => {
  const ids = ['2024_01_BAL_KC', '2024_01_LV_LAC', '2024_01_SEA_NE', '2024_01_GB_CHI'] as const
  const files = { games: csv(ids.map((id, i) => gameLine(id, { ...toCome, espn: i === 1 ? '' : `40${i}` }))) }
  await using world = await startNflLeague(files)
  const events = [
    event('400', ['KC', 'BAL'], ['31', '10'], true),
    // Its number is not known: by day and clubs.
    event('999', ['LAC', 'LV'], ['7', '3'], false),
    event('402', ['SEA', 'MIA'], ['21', '14'], true),
    event('403', ['GB', 'CHI'], ['12', ''], true),
  ]
  await using espn = await startProviderServer(() => reply(200, {}, { events }))
  const run = async (words: readonly string[], now: string) => {
    const done = await world.run(words, { SPORTS_INGEST_NOW: now, SPORTS_INGEST_PROVIDER_ESPN_URL: espn.url })
    expect(done.code, done.stderr).toBe(0)
    return receiptOf(done)
  }
  await run(daily, '2024-09-08T12:00:00Z')
  const first = await run(live, '2024-09-08T20:00:00Z')
  expect(first.findings).toMatchObject([
    {
      item: '403',
      check: 'scoreboard',
      message: "The scoreboard's event 403 is final without a score of CHI; it is asked for again.",
    },
    {
      item: '2024_01_SEA_NE',
      check: 'other-clubs',
      message: expect.stringContaining('SEA and MIA, and game 2024_01_SEA_NE of SEA and NE'),
    },
  ])
  const known = { '2024_01_BAL_KC': 'final 10:31', '2024_01_LV_LAC': 'live 3:7', '2024_01_SEA_NE': 'scheduled' }
  expect(await states(world)).toEqual({ ...known, '2024_01_GB_CHI': 'scheduled' })
  events.splice(3, 1, event('403', ['GB', 'CHI'], ['12', '9'], true))
  await run(live, '2024-09-08T20:05:00Z')
  expect(await states(world)).toEqual({ ...known, '2024_01_GB_CHI': 'final 12:9' })
})

test('a file that lacks games that were played is refused, and the command that its message names accepts it for good', async () => {
  const all = Array.from({ length: 8 }, (_, i) => gameLine(`2024_0${i + 1}_LV_KC`, { gameday: '2024-09-08' }))
  const files = { games: csv(all) }
  await using world = await startNflLeague(files)
  const run = (words: readonly string[]) => world.run(words, { SPORTS_INGEST_NOW: '2024-09-20T12:00:00Z' })
  await run(daily)
  files.games = csv(all.slice(4))
  const refused = await run(daily)
  expect(refused.code, refused.stderr).toBe(1)
  const [{ message, hint } = { message: '', hint: '' }] = receiptOf(refused).failed
  expect(message).toMatch(/^The file games lacks 4 games that were played, 2024_01_LV_KC among them, in http:\S+\/games\.csv\.$/)
  const command = /: sports-ingest (.*)\.$/.exec(hint ?? '')?.[1]?.split(' ') ?? []
  expect(command).toEqual(['schedule', 'backfill', '--sport', 'nfl', '--season', '2024', '--only', 'games', '--restart'])

  const findings = [{ item: '2024_01_LV_KC', check: 'unlisted', message: expect.stringMatching(/^4 games were played/) }]
  const accepted = await run([...command, '--json'])
  expect(accepted.code, accepted.stderr).toBe(0)
  expect(receiptOf(accepted)).toMatchObject({ findings, stillOpen: 0 })
  files.games = csv(all.slice(4).map(line => ({ ...line, stadium: 'Elsewhere' })))
  const later = await run(daily)
  expect(later.code, later.stderr).toBe(0)
  expect(receiptOf(later)).toMatchObject({ findings, units: { done: 1 } })
  expect(Object.values(await states(world))).toEqual(Array(8).fill('final 17:20'))
  expect(toldLines(later)).toEqual([])
})
