import { keepLatest } from '../keep.ts'
import { firstSeason, latestOf, latestSeasonAt, utcAt } from './calendar.ts'
import { statesOf } from './correction.ts'
import { correctionsAt, type GameFile, gameHeaders, lastOlderSeason, rowsOfGame } from './game-rows.ts'
import { injuryChangesOf, injuryFile } from './injury-rows.ts'
import type { League } from './league.ts'
import { playerRows, playersHeader } from './player-rows.ts'
import { rosterChangesOf, rosterHeader, rosterRows, weeklyRosterRows } from './roster-rows.ts'

/** A kind of release file: one for each season, or one for all. */
interface ReleaseFile {
  /** When it was written anew in a season, ascending, in ms since the epoch. */
  readonly changesOf: (year: number) => number[]
  /** The whole file of a season, as written at an instant. */
  readonly make: (year: number, writtenAt: number) => Buffer
  /** The seasons there are files of; from 1999 on where nothing is said. */
  readonly firstSeason?: number
  readonly lastSeason?: number
}

// The games of one season and a part of another, each with all its rows (50 KB).
const keptGames = 400

/** The kinds of files by tag and name without the season: `stats_player/stats_player_week`. */
export function createReleaseFiles(league: League): ReadonlyMap<string, ReleaseFile> {
  const rows = keepLatest(keptGames, (key: string) => {
    const [year = 0, number = 0, corrections = 0] = key.split(' ').map(Number)
    const game = league.season(year).games[number - 1]
    return game && rowsOfGame(league, game, corrections)
  })

  const ofGames = (file: GameFile, seasons: Pick<ReleaseFile, 'firstSeason' | 'lastSeason'> = {}): ReleaseFile => ({
    changesOf: year =>
      league
        .season(year)
        .games.flatMap(game => statesOf(league.seed, game))
        .sort((a, b) => a - b),
    make: (year, writtenAt) => {
      const parts = league.season(year).games.flatMap(game => {
        const corrections = correctionsAt(league.seed, game, writtenAt)
        return corrections === undefined ? [] : (rows(`${year} ${game.number} ${corrections}`)?.[file] ?? [])
      })
      return Buffer.concat([Buffer.from(`${gameHeaders[file]}\n`), ...parts])
    },
    ...seasons,
  })

  const rosters = (make: typeof rosterRows): ReleaseFile => ({
    changesOf: rosterChangesOf,
    make: (year, writtenAt) => fileOf(rosterHeader, make(league, year, writtenAt)),
  })

  return new Map([
    ['stats_player/stats_player_week', ofGames('stats_player')],
    ['player_stats/player_stats', ofGames('player_stats', { lastSeason: lastOlderSeason })],
    ['stats_team/stats_team_week', ofGames('stats_team')],
    ['snap_counts/snap_counts', ofGames('snap_counts', { firstSeason: 2012 })],
    ['rosters/roster', rosters(rosterRows)],
    ['weekly_rosters/roster_weekly', { ...rosters(weeklyRosterRows), firstSeason: 2002 }],
    [
      'injuries/injuries',
      {
        firstSeason: 2009,
        changesOf: injuryChangesOf,
        make: (year, writtenAt) => Buffer.from(injuryFile(league, year, writtenAt)),
      },
    ],
    [
      'players/players',
      {
        // Once a year, when the new ones have signed.
        changesOf: year => [utcAt(`${year}-08-01`, 7)],
        make: year => fileOf(playersHeader, playerRows(league, year)),
      },
    ],
  ])
}

const fileOf = (header: string, rows: readonly string[]): Buffer => Buffer.from(`${[header, ...rows].join('\n')}\n`)

/** A file of a release as it was last written. */
export interface Edition {
  readonly kind: string
  readonly year: number
  readonly writtenAt: number
  readonly packed: boolean
}

const pattern = /^([a-z_]+\/[a-z_]+?)(?:_(\d{4}))?\.csv(\.gz)?$/

/** The edition that is out at an instant (ms since the epoch) of `rosters/roster_2026.csv.gz`; undefined where there is none. */
export function findEdition(files: ReadonlyMap<string, ReleaseFile>, name: string, now: number): Edition | undefined {
  const [, kind = '', season, gz] = pattern.exec(name) ?? []
  const file = files.get(kind)
  const forAll = kind === 'players/players'
  if (!file || forAll !== (season === undefined)) return undefined
  const latest = latestSeasonAt(now)
  const editionOf = (year: number): Edition | undefined => {
    if (year < (file.firstSeason ?? firstSeason) || year > Math.min(latest, file.lastSeason ?? latest)) return undefined
    const writtenAt = latestOf(file.changesOf(year), now)
    return writtenAt === undefined ? undefined : { kind, year, writtenAt, packed: gz !== undefined }
  }
  return forAll ? (editionOf(latest) ?? editionOf(latest - 1)) : editionOf(Number(season))
}
