import { is } from 'drizzle-orm'
import { getTableConfig, getViewConfig, type PgColumn, PgTable, type PgView } from 'drizzle-orm/pg-core'
import type { Day } from '../core/days.ts'
import * as stats from '../pipeline/stats-tables.ts'
import * as shared from '../pipeline/tables.ts'
import { gameStats } from './game-stats.ts'
import * as nba from './nba/tables.ts'
import * as nfl from './nfl/tables.ts'
import { performances } from './performances.ts'
import * as racing from './racing/tables.ts'

/** A table that can be exported. */
export interface ExportTable {
  name: string
  /** Whose it is; undefined where it has rows of several sports, and a column that tells. */
  sport: string | undefined
  /** With their types as in CREATE TABLE. */
  columns: readonly { name: string; type: string }[]
  /** What its rows are sorted by. */
  key: readonly string[]
  hasSeasons: boolean
  hasDays: boolean
}

/** Which rows; without a limit, all. */
export interface ExportSelection {
  sports?: readonly string[] | undefined
  seasons?: readonly string[] | undefined
  from?: Day | undefined
  to?: Day | undefined
}

/** Change with each run, or with the way that a row has come: two exports of the same values are the same bytes. */
const internal = new Set(['row_hash', 'created_at', 'updated_at', 'last_checked_at'])

/** The event of a row, called t, as a row called e; its day; and its season, where the row itself has none. */
interface Event {
  from: string
  on: string
  day: string
}

const inGames = (sport: string): Event => ({
  from: 'games',
  on: `e.sport = ${sport} and e.provider_id = t.game_id`,
  day: 'game_date',
})
const inNflGames = (on: string): Event => ({ from: 'nfl_games', on, day: 'gameday' })
const ofGame = inNflGames('e.game_id = t.game_id')
const ofClub = inNflGames('e.season = t.season and e.week = t.week and t.team in (e.home_team_id, e.away_team_id)')
const ofRace: Event = { from: 'races', on: 'e.provider_id = t.race_id', day: 'race_date' }

const days: Readonly<Record<string, string>> = {
  games: 'game_date',
  races: 'race_date',
  nfl_games: 'gameday',
  performances: 'event_date',
  match_report: 'event_date',
}
const events: Readonly<Record<string, Event>> = {
  game_stats: inGames('t.sport'),
  nba_player_game_stats: inGames("'nba'"),
  nba_team_game_stats: inGames("'nba'"),
  nfl_player_game_stats: ofClub,
  nfl_team_game_stats: ofClub,
  nfl_kicking_game_stats: ofClub,
  nfl_snap_counts: ofGame,
  nfl_live_lines: ofGame,
  nfl_live_injuries: ofGame,
  runners: ofRace,
  runner_odds: ofRace,
}

/** All tables and views of loaded rows, by their names. */
export function exportTables(): ExportTable[] {
  const of = (tables: object, sport?: string) =>
    Object.values(tables).flatMap(table => (is(table, PgTable) ? [toExportTable(table, sport)] : []))
  const views = [
    toExportView(gameStats, ['sport', 'game_id', 'player_id', 'team_id']),
    toExportView(performances, ['sport', 'event_id', 'player_id', 'team_id']),
  ]
  return [...of(shared), ...views, ...of(stats), ...of(nba, 'nba'), ...of(nfl, 'nfl'), ...of(racing, 'racing')]
}

function toExportView(view: PgView, key: readonly string[]): ExportTable {
  const { name, selectedFields } = getViewConfig(view)
  const columns = Object.values(selectedFields as Record<string, PgColumn>).map(column => ({
    name: column.name,
    type: column.getSQLType(),
  }))
  return withFilters({ name, sport: undefined, columns, key })
}

function toExportTable(table: PgTable, sport: string | undefined): ExportTable {
  const { name, columns, primaryKeys } = getTableConfig(table)
  const shown = columns
    .filter(column => !internal.has(column.name))
    .map(column => ({ name: column.name, type: column.getSQLType() }))
  const key = primaryKeys.flatMap(primary => primary.columns.map(column => column.name))
  return withFilters({ name, sport, columns: shown, key })
}

const withFilters = (table: Omit<ExportTable, 'hasSeasons' | 'hasDays'>): ExportTable => ({
  ...table,
  hasSeasons: table.columns.some(column => column.name === 'season') || table.name in events,
  hasDays: table.name in days || table.name in events,
})

/** The statement that reads a table's rows, sorted by their bytes, so that the order is the same on every server. */
export function exportStatement({ name, columns, key }: ExportTable, { sports, seasons, from, to }: ExportSelection): string {
  const has = (column: string) => columns.some(other => other.name === column)
  const event = events[name]
  const ofEvent = (condition: string) =>
    event ? `exists (select from ${event.from} e where ${event.on} and ${condition})` : condition
  const side = event ? 'e' : 't'
  const day = `${side}.${event?.day ?? days[name]}`
  const conditions = [
    ...(sports && has('sport') ? [`t.sport in (${list(sports)})`] : []),
    ...(seasons
      ? [has('season') ? `t.season::text in (${list(seasons)})` : ofEvent(`${side}.season::text in (${list(seasons)})`)]
      : []),
    ...(from || to
      ? [ofEvent([from && `${day} >= ${quote(from)}`, to && `${day} <= ${quote(to)}`].filter(Boolean).join(' and '))]
      : []),
  ]
  const texts = new Set(columns.filter(({ type }) => type === 'text').map(column => column.name))
  const order = key.map(column => `t."${column}"${texts.has(column) ? ' collate "C"' : ''}`)
  return [
    `select ${columns.map(column => `t."${column.name}"`).join(', ')} from ${name} t`,
    ...(conditions.length > 0 ? [`where ${conditions.join(' and ')}`] : []),
    `order by ${order.join(', ')}`,
  ].join(' ')
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`
const list = (texts: readonly string[]): string => texts.map(quote).join(', ')
