import type { PlayerStats } from '../stats/read-stats.ts'
import { cut, table } from './table.ts'

type Row = Record<string, unknown>
type Cell = string | number | null

const cell = (row: Row, name: string): Cell => (row[name] ?? null) as Cell

/** The stats of a player as tables, which fit 80 columns. */
export function playerText({
  sport,
  player,
  name,
  profile,
  power,
  recent,
  seasons,
  bests,
  honours,
  fame,
  teamNames,
}: PlayerStats): string {
  const part = (title: string, heading: string[], rows: readonly (readonly Cell[])[]) =>
    rows.length === 0 ? [] : [`${title}\n${indented(table(heading, rows, ''))}`]
  const career = profile ?? {}
  const facts = [
    ['career', `${cell(career, 'first_date')} to ${cell(career, 'last_date')}`],
    ['events', `${cell(career, 'events')}, ${cell(career, 'wins')} won`],
    ['points', `${cell(career, 'points')}, ${cell(career, 'points_per_event')} an event`],
    ['rating', `${cell(career, 'rating')} an event`],
    ...(power ? [['power', `${cell(power, 'rating')}`]] : []),
    ...(recent ? [['form', formText(recent)]] : []),
  ]
  return [
    `${name ?? player} (${sport} ${player})\n${indented(table(['', ''], facts, '').trimStart())}`,
    ...part(
      'Seasons',
      ['season', 'stage', 'team', 'events', 'won', 'points', 'per event', 'rating'],
      seasons.map(one => [
        ...[cell(one, 'season'), cell(one, 'stage'), cut(teamText(one, teamNames), 12), cell(one, 'events')],
        ...[cell(one, 'wins'), cell(one, 'points'), cell(one, 'points_per_event'), cell(one, 'rating')],
      ]),
    ),
    ...part(
      'Bests',
      ['measure', 'best', 'first in', 'on', 'times'],
      bests.map(one => ['measure', 'value', 'event_id', 'event_date', 'times'].map(name => cell(one, name))),
    ),
    ...part(
      'Honours',
      ['season', 'honour', 'value', 'event'],
      honours.map(one => [cell(one, 'season'), cell(one, 'honour'), cell(one, 'value'), cell(one, 'event_id') || '-']),
    ),
    ...part(
      'Hall of fame',
      ['place', 'category', 'value', 'season'],
      fame.map(one => ['rank', 'category', 'value', 'season'].map(name => cell(one, name))),
    ),
  ].join('\n\n')
}

function teamText(season: Row, names: PlayerStats['teamNames']): string {
  const id = season['team_id'] as string | null
  return id === null ? 'several' : (names[id] ?? id)
}

function formText(recent: Row): string {
  const trend = cell(recent, 'trend')
  const change = trend === null ? '' : `, ${Number(trend) >= 0 ? '+' : ''}${trend} to those before`
  return `${cell(recent, 'points_per_event')} an event in the last ${cell(recent, 'events')}${change}`
}

const indented = (text: string): string => text.replaceAll(/^/gm, '  ')
