import type { PgTable } from 'drizzle-orm/pg-core'
import type { ISql } from 'postgres'
import type { Day } from '../core/days.ts'
import type { ProviderDeclaration } from '../providers/declaration.ts'
import type { OptionalProvider } from '../providers/while-it-answers.ts'
import type { MergeRow } from '../store/merge.ts'
import type { FileDataset, FileDerivation } from './files/dataset.ts'

export type GameStatus = 'scheduled' | 'live' | 'final' | 'postponed' | 'cancelled'

/** A row of `games`, without what is filled in on the way to the table. */
export interface GameRow extends MergeRow {
  sport: string
  provider: string
  providerId: string
  season: string
  seasonType: string
  gameDate: Day
  startsAt: Date | null
  status: GameStatus
  statusText: string | null
  period: number | null
  homeTeamId: string | null
  awayTeamId: string | null
  homeScore: number | null
  awayScore: number | null
  venue: string | null
}

/** A row of `teams`. */
export interface TeamRow extends MergeRow {
  sport: string
  provider: string
  providerId: string
  name: string
  city: string | null
  abbreviation: string | null
}

/** A row of `players`. */
export interface PlayerRow extends MergeRow {
  sport: string
  provider: string
  providerId: string
  name: string
  firstName: string | null
  familyName: string | null
}

/** What a calendar says of one game. */
export interface CalendarGame {
  id: string
  day: Day
  /** @throws PayloadError where the entry does not have the shape it should have */
  read(): { game: GameRow; teams: TeamRow[] }
  /** The entry as the provider sent it, for the dead letter; undefined where it sent none. */
  raw(): Uint8Array | undefined
}

/** A season's games, from one answer of the provider. */
export interface Calendar {
  season: string
  /** Whether it can tell which games a day has: a provider that serves one season cannot tell of an earlier one. */
  covers(day: Day): boolean
  /** In words, for the message where it does not. */
  reach: string
  games: readonly CalendarGame[]
  gamesOn(day: Day): CalendarGame[]
  find(id: string): CalendarGame | undefined
}

/** Something in the data that does not add up. The rows are loaded as they are; a person should look. */
export interface Finding {
  item: string
  check: string
  message: string
}

/** Rows of one table. With `group`, they are all there are for each value of that column. */
export interface TableRows {
  table: PgTable
  rows: readonly MergeRow[]
  group?: string
  /**
   * They are about people, not about this game: of several games the newest knows best. These lines tell in which games somebody was:
   * `item` names the column with who, `game` the one with where.
   */
  newestOf?: { table: PgTable; item: string; game: string }
}

/** What one payload of a dataset becomes. */
export interface Transformed {
  /** The game, where the payload knows better than the calendar. */
  game: GameRow
  tables: TableRows[]
  findings: Finding[]
  /** Fields nobody knew, as paths (`players.statistics.dunks`): kept in the archive, reported once. */
  unknownFields: string[]
}

/** One kind of record of a game: where it is asked for, and what it becomes. `transform` is pure. */
export interface Dataset {
  name: string
  provider: string
  /** Whether there is anything to ask for while the game is in this state. */
  applies(game: GameRow): boolean
  /** Whether the provider is known to lack the file for some games of this kind, so that its no says nothing about us. */
  mayBeLacking(game: GameRow): boolean
  path(game: GameRow): string
  /** Tables that have lines of every game that is over, by the column that names the game, and how many at least. */
  lines: readonly { table: PgTable; game: string; atLeast: number }[]
  /** @throws PayloadError where the payload does not have the shape it should have */
  transform(payload: unknown, game: GameRow): Transformed
}

/** A stored game that is over, as far as it must be known to be vouched for. */
export type StoredFinal = { id: string; day: Day; season: string; seasonType: string }

/** Says of many stored games at once whether their lines are as the provider has them now. */
export interface Voucher {
  provider: string
  /** Ids it vouches for; each other game is to be asked for by itself. Asks nothing where `games` is empty. */
  vouchFor(games: readonly StoredFinal[], ask: OptionalProvider, sql: ISql): Promise<Set<string>>
}

/** How a sport's seasons are counted. */
export interface Seasons {
  /** The year the first one began. */
  first: number
  /** Month and day on which one ends and the next begins: `07-01`. */
  turn: string
  /** `2024-25` or `2024`, by the year it began. */
  label(year: number): string
}

/** All that a live file tells of a game. */
export type LiveState = Pick<GameRow, 'status' | 'statusText' | 'period' | 'homeScore' | 'awayScore'>

/** One game in a live file. */
export interface LiveGame {
  /** As the provider of that file numbers it. */
  id: string
  /** Day and sides, to find the game where its number is not known; undefined where numbers are the same everywhere. */
  fixture?: { day: Day; homeTeamId: string; awayTeamId: string }
  /** What people call it, for messages: `LAL-BOS`. */
  name: string
  state: LiveState
  /** All that a schedule would say of it, where the list has it: then a game that the schedule lacks is stored by this. */
  unscheduled?: { game: GameRow; teams: TeamRow[] }
  /** As it was sent, for the dead letter. */
  raw: unknown
}

/** Hours in which games are usual, by the wall clock of the sport's zone. */
export interface UsualHours {
  /** 0 is Sunday. */
  weekdays: readonly number[]
  from: string
  /** Where it is not after `from`, it is that of the next day. */
  to: string
}

/** How a sport's games are followed while they are played. */
export interface LivePolling {
  provider: ProviderDeclaration
  /** What the live file is called in findings: `scoreboard`. */
  dataset: string
  /** The file that has the games of a day; the same for each where there is but one. */
  path(day: Day): string
  /**
   * A game that is malformed is a finding beside the others.
   * @throws PayloadError where it is no such file
   */
  parse(payload: unknown): { games: LiveGame[]; findings: Finding[] }
  /** Stored games by the numbers of the live provider, where it has numbers of its own. */
  aliases?(sql: ISql, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Asked for of each game that has moved. */
  datasets: readonly Dataset[]
  /** When games are looked for while none is stored of the season. */
  usualHours: readonly UsualHours[]
  /** From the start to the end of a game, as a rule. */
  typicalMs: number
}

/** What there is to know of every sport. */
interface SportBase {
  id: string
  /** The IANA zone of its civil days. */
  zone: string
  providers: readonly ProviderDeclaration[]
  seasons: Seasons
  /** How its games are numbered, to tell a slip of the hand. */
  gameIds: {
    form: RegExp
    /** `10 digits, e.g. 0022400561` */
    words: string
    /** The label of the season a game is of. */
    seasonOf(id: string): string
  }
  /** Where its games can be followed while they are played. */
  live?: LivePolling
}

/** A sport that is loaded game by game: by a calendar, and files of each game. */
export interface GameSport extends SportBase {
  loads: 'games'
  calendar: {
    dataset: string
    provider: string
    path: string
    /** @throws PayloadError where it is no calendar at all */
    parse(payload: unknown): Calendar
    /** Who knows the calendars of former seasons, where the provider above tells only of the one that is on. */
    former?: {
      provider: string
      path(season: string): string
      /** @throws PayloadError where it is no calendar, or that of another season */
      parse(payload: unknown, season: string): Calendar
    }
  }
  datasets: readonly Dataset[]
  /** Where many stored games can be checked with one request; else each is asked for by itself. */
  voucher?: Voucher
  /** Days before the target whose games are asked for again by themselves, because lines are corrected. */
  lookbackDays: number
}

/** A sport that is loaded by whole files, each about a season or about all of them. */
export interface FileSport extends SportBase {
  loads: 'files'
  files: readonly FileDataset[]
  derivations: readonly FileDerivation[]
  /** Players' lines: the dataset they come from, and which stored games of a season are over and have none. */
  lines: { dataset: string; listWithout(sql: ISql, season: string): Promise<{ id: string; day: Day }[]> }
}

export type Sport = GameSport | FileSport

/** Names that `--only` takes. */
export const datasetNames = (sport: Sport): string[] =>
  sport.loads === 'files'
    ? sport.files.map(({ name }) => name)
    : [sport.calendar.dataset, ...sport.datasets.map(dataset => dataset.name)]
