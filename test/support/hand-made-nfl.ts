import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { isFile } from '../../src/pipeline/dataset.ts'
import { seasonSpan } from '../../src/pipeline/seasons.ts'
import { nfl } from '../../src/sports/nfl/index.ts'
import { offence, sinceStatsPlayer } from '../../src/sports/nfl/statistics.ts'
import { type CsvRow, csv } from './csv.ts'
import { type ProviderServer, type Reply, reply, startProviderServer } from './provider-server.ts'

/** Files by their names without an ending, as text; or what is answered instead. Whoever holds them may change them. */
export type NflFiles = Record<string, string | Reply>

/** Four clubs, and the only player of each: by the league, by ESPN and by Pro Football Reference. */
export const persons = ['KC', 'BAL', 'LV', 'LAC'].map((club, i) => ({
  club,
  name: `Adam ${club}`,
  gsis: `00-000000${i}`,
  espn: `900${i}`,
  pfr: `Adam${club}00`,
}))

type Person = (typeof persons)[number]

const sunday = (season: number, week: number) => `${season}-09-${String(1 + 7 * week).padStart(2, '0')}`

/** A game as games.csv has it: over with 17 to 20, where it is not said otherwise. */
export function gameLine(id: string, more: CsvRow = {}): CsvRow {
  const [season = '', week = '', away, home] = id.split('_')
  const score = { away_score: 17, home_score: 20, overtime: 0 }
  const when = { gameday: sunday(Number(season), Number(week)), gametime: '13:00' }
  const names = { game_id: id, season, game_type: 'REG', week: Number(week), away_team: away, home_team: home }
  return { ...names, ...when, ...score, espn: `4${season}${week}`, stadium: `Field of ${home}`, ...more }
}

/** What makes a game one that is still to come. */
export const toCome = { away_score: '', home_score: '', overtime: '' }

const zeros = (names: readonly string[]): CsvRow => Object.fromEntries(names.map(name => [name, 0]))

/** A player's week as stats_player files have it. */
export const weekLine = ({ gsis, name, club }: Person, season: number, week: number, more: CsvRow = {}): CsvRow => ({
  player_id: gsis,
  player_display_name: name,
  season,
  week,
  season_type: 'REG',
  team: club,
  ...zeros(offence),
  passing_yards: 100 + week,
  sack_yards_lost: -week,
  ...more,
})

const olderNames: Record<string, string> = {
  team: 'recent_team',
  passing_interceptions: 'interceptions',
  sacks_suffered: 'sacks',
  sack_yards_lost: 'sack_yards',
}

/** The same as player_stats files have it. */
export const olderWeekLine = (line: CsvRow): CsvRow =>
  Object.fromEntries(
    Object.entries(line).map(([name, value]) => [
      olderNames[name] ?? name,
      name === 'sack_yards_lost' ? 0 - Number(value) : value,
    ]),
  )

export const rosterLine = ({ club, name, gsis, espn, pfr }: Person, season: number, more: CsvRow = {}): CsvRow => {
  const ids = { gsis_id: gsis, esb_id: `ESB${espn}`, espn_id: espn, pfr_id: pfr }
  return { season, team: club, position: 'QB', status: 'ACT', full_name: name, week: 2, ...ids, ...more }
}

export const snapLine = ({ club, name, pfr }: Person, game: string, more: CsvRow = {}): CsvRow => {
  const [season = '', week = ''] = game.split('_')
  const counts = { offense_snaps: 60, defense_snaps: 0, st_snaps: 1 }
  return { game_id: game, season, week: Number(week), player: name, pfr_player_id: pfr, team: club, ...counts, ...more }
}

const playerLine = ({ name, gsis, espn, pfr }: Person): CsvRow => {
  const [first, last] = name.split(' ')
  return {
    gsis_id: gsis,
    display_name: name,
    first_name: first,
    last_name: last,
    esb_id: `ESB${espn}`,
    espn_id: espn,
    pfr_id: pfr,
    position: 'QB',
  }
}

const teamLine = (club: string, season: number, week: number): CsvRow => ({
  season,
  week,
  team: club,
  season_type: 'REG',
  ...zeros([...offence, ...sinceStatsPlayer]),
  passing_yards: 100 + week,
})

const injuryLine = ({ club, gsis, name }: Person, season: number): CsvRow => ({
  season,
  week: 1,
  team: club,
  gsis_id: gsis,
  full_name: name,
  report_status: 'Questionable',
  practice_status: 'Limited',
  date_modified: `${season}-09-06T19:05:30Z`,
})

/** The games of a season: each of the clubs plays once in each of two weeks. */
export const gameIdsOf = (season: number): string[] =>
  [`01_BAL_KC`, `01_LV_LAC`, `02_KC_LV`, `02_LAC_BAL`].map(rest => `${season}_${rest}`)

/** All weeks of all players. */
export const weekLinesOf = (season: number): CsvRow[] =>
  persons.flatMap(person => [1, 2].map(week => weekLine(person, season, week)))

const files = nfl.datasets.filter(isFile)
const optional = files.filter(({ mayBeMissing }) => mayBeMissing)

/** What a run asks for of one season, with the files of all: eight files, and some that do not exist here, which is no failure. */
export const perSeason = {
  planned: files.length,
  missing: optional.length,
  requests:
    8 + optional.reduce((sum, { sources }) => sum + sources({ ...seasonSpan(nfl, 2024), key: '2024', season: '2024' }).length, 0),
}

/** Every file there is of these seasons, but for those that may be missing. */
export function nflFiles(...seasons: number[]): NflFiles {
  const files: NflFiles = {
    games: csv(seasons.flatMap(season => gameIdsOf(season).map(id => gameLine(id)))),
    players: csv(persons.map(playerLine)),
  }
  for (const season of seasons) {
    Object.assign(files, {
      [`stats_player_week_${season}`]: csv(weekLinesOf(season)),
      [`stats_team_week_${season}`]: csv(persons.flatMap(({ club }) => [1, 2].map(week => teamLine(club, season, week)))),
      [`roster_${season}`]: csv(persons.map(person => rosterLine(person, season))),
      [`roster_weekly_${season}`]: csv(persons.flatMap(person => [1, 2].map(week => rosterLine(person, season, { week })))),
      [`injuries_${season}`]: csv(persons.slice(0, 1).map(person => injuryLine(person, season))),
      [`snap_counts_${season}`]: csv(
        gameIdsOf(season).flatMap(id => persons.filter(({ club }) => id.includes(club)).map(person => snapLine(person, id))),
      ),
    })
  }
  return files
}

const folders: readonly [RegExp, string][] = [
  [/^stats_player_/, 'stats_player'],
  [/^stats_team_/, 'stats_team'],
  [/^player_stats_/, 'player_stats'],
  [/^roster_weekly_/, 'weekly_rosters'],
  [/^roster_/, 'rosters'],
  [/^injuries_/, 'injuries'],
  [/^snap_counts_/, 'snap_counts'],
  [/^players$/, 'players'],
]

/** `games`, `former_2011` and the names of release files. */
function pathOf(name: string): string {
  if (name === 'games') return '/nflverse/nfldata/master/data/games.csv'
  const former = /^former_(\d{4})$/.exec(name)
  if (former) return `/nflverse/nflfastR-data/master/data/player_stats/player_stats_${former[1]}.csv.gz`
  const folder = folders.find(([pattern]) => pattern.test(name))?.[1]
  return `/nflverse/nflverse-data/releases/download/${folder}/${name}${name.endsWith('.csv') ? '' : '.csv.gz'}`
}

export interface HandMadeNfl extends ProviderServer {
  env: Record<string, string>
  /** Names of the files that were asked for since the last call, in order; one that does not exist by its path. */
  asked(): string[]
  /** Names of the files that were sent, and not answered with 304, since the last call. */
  sent(): string[]
}

/** Serves the files as they are when they are asked for, with tags unless the options say otherwise. */
export async function startHandMadeNfl(files: NflFiles, { tags = true } = {}): Promise<HandMadeNfl> {
  const sent: string[] = []
  const server = await startProviderServer(({ path, headers }) => {
    const [name = '', found] = Object.entries(files).find(([candidate]) => pathOf(candidate) === path) ?? []
    if (found === undefined || typeof found !== 'string') return found
    const etag = `"${createHash('sha256').update(found).digest('hex').slice(0, 16)}"`
    if (tags && headers['if-none-match'] === etag) return reply(304, { etag })
    sent.push(name)
    return reply(
      200,
      { ...(tags ? { etag } : {}), 'content-type': 'application/octet-stream' },
      path.endsWith('.gz') ? gzipSync(found) : found,
    )
  })
  let told = 0
  return {
    ...server,
    env: { SPORTS_INGEST_PROVIDER_NFLVERSE_URL: server.url, SPORTS_INGEST_PROVIDER_NFLDATA_URL: server.url },
    asked: () => {
      const paths = server.requests.slice(told).map(({ path }) => path)
      told = server.requests.length
      return paths.map(path => Object.keys(files).find(name => pathOf(name) === path) ?? path)
    },
    sent: () => sent.splice(0),
  }
}
