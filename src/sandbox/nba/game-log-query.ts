import { type Day, parseDay } from '../../core/days.ts'
import type { GameType } from './game.ts'

/** Which games a log is asked for. */
export interface LogQuery {
  readonly type: GameType
  /** Both included. */
  readonly from: Day | undefined
  readonly to: Day | undefined
  /** As the answer repeats them. */
  readonly parameters: Readonly<Record<string, string | number | null>>
}

/** The service's names of season types; the Cup final is in none of these logs. */
const seasonTypes = new Map<string, GameType>([
  ['Pre Season', 'preseason'],
  ['Regular Season', 'regular'],
  ['All Star', 'all-star'],
  ['PlayIn', 'play-in'],
  ['Playoffs', 'play-offs'],
])

/** What is always asked for; the real one knows more, as the lines of teams. */
const fixed = { PlayerOrTeam: 'P', Sorter: 'DATE', Direction: 'DESC' }

/** Reads a `leaguegamelog` query but for its league and season, or names the parameter that is not valid. */
export function readLogQuery(query: URLSearchParams): LogQuery | { readonly invalid: string } {
  const read = (name: string) => query.get(name) ?? ''
  const other = Object.entries(fixed).find(([name, value]) => read(name) !== value)
  if (other) return { invalid: other[0] }
  const type = seasonTypes.get(read('SeasonType'))
  if (!type) return { invalid: 'SeasonType' }
  if (!/^\d+$/.test(read('Counter'))) return { invalid: 'Counter' }
  const [from, to] = [parseDay(read('DateFrom')), parseDay(read('DateTo'))]
  if (!from && read('DateFrom')) return { invalid: 'DateFrom' }
  if (!to && read('DateTo')) return { invalid: 'DateTo' }
  return {
    type,
    from,
    to,
    parameters: {
      LeagueID: read('LeagueID'),
      Season: read('Season'),
      SeasonType: read('SeasonType'),
      PlayerOrTeam: read('PlayerOrTeam'),
      Counter: Number(read('Counter')),
      Sorter: read('Sorter'),
      Direction: read('Direction'),
      DateFrom: from ?? null,
      DateTo: to ?? null,
    },
  }
}
