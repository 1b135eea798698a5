import type { Club } from './clubs.ts'
import type { CountName } from './counts.ts'
import type { Play, Side } from './play.ts'
import { nameOf, type Player } from './players.ts'
import type { Line } from './sheet.ts'

/** A player's line, and his punts: those are in no other file and counted from the plays. */
export interface BoxLine extends Line {
  readonly player: Player
  readonly punts: readonly { yards: number; landed: number }[]
}

/** What one side has punted, and how far from the goal line the ball came down: 0 for a touchback, which is played from the 20. */
export function puntsOf(plays: readonly Play[], side: Side): BoxLine['punts'] {
  return plays.flatMap(({ kind, side: own, touchdown, returned, toGo, next }) => {
    if (kind !== 'punt' || own !== side) return []
    const landed = touchdown ? 100 - returned : returned === 0 && next.toGo === 80 ? 0 : 100 - next.toGo - returned
    return [{ yards: toGo - landed, landed }]
  })
}

type Column = readonly [key: string, label: string, read: (line: BoxLine) => number | string | undefined]

/** Who is in a group, and its columns. */
type Group = readonly [name: string, has: (line: BoxLine) => boolean, columns: readonly Column[]]

const per = (value: number, times: number): string => (times === 0 ? 0 : value / times).toFixed(1)
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const count = (key: string, label: string, name: CountName): Column => [key, label, ({ counts }) => counts[name]]
const average = (key: string, yards: CountName, times: CountName): Column => [
  key,
  'AVG',
  ({ counts }) => per(counts[yards], counts[times]),
]
const longest = (key: string, name: CountName): Column => [key, 'LONG', line => line.longest.get(name) ?? 0]
const kicks = ({ fieldGoals: { made, missed } }: Line) => made.length + missed.length
const tackles = ({ counts: c }: Line) => c.def_tackles_solo + c.def_tackles_with_assist + c.def_tackle_assists
const fumbles = ({ counts: c }: Line) => c.sack_fumbles + c.rushing_fumbles + c.receiving_fumbles
const fumblesLost = ({ counts: c }: Line) => c.sack_fumbles_lost + c.rushing_fumbles_lost + c.receiving_fumbles_lost

/** In the order of the real box score. */
const groups: readonly Group[] = [
  [
    'passing',
    ({ counts: c }) => c.attempts + c.sacks_suffered > 0,
    [
      ['completions/passingAttempts', 'C/ATT', ({ counts: c }) => `${c.completions}/${c.attempts}`],
      count('passingYards', 'YDS', 'passing_yards'),
      average('yardsPerPassAttempt', 'passing_yards', 'attempts'),
      count('passingTouchdowns', 'TD', 'passing_tds'),
      count('interceptions', 'INT', 'passing_interceptions'),
      ['sacks-sackYardsLost', 'SACKS', ({ counts: c }) => `${c.sacks_suffered}-${Math.abs(c.sack_yards_lost)}`],
      ['adjQBR', 'QBR', () => '--'],
      ['QBRating', 'RTG', ({ counts: c }) => per(80 * c.completions + 4 * c.passing_yards, c.attempts)],
    ],
  ],
  [
    'rushing',
    ({ counts: c }) => c.carries > 0,
    [
      count('rushingAttempts', 'CAR', 'carries'),
      count('rushingYards', 'YDS', 'rushing_yards'),
      average('yardsPerRushAttempt', 'rushing_yards', 'carries'),
      count('rushingTouchdowns', 'TD', 'rushing_tds'),
      longest('longRushing', 'rushing_yards'),
    ],
  ],
  [
    'receiving',
    ({ counts: c }) => c.targets > 0,
    [
      count('receptions', 'REC', 'receptions'),
      count('receivingYards', 'YDS', 'receiving_yards'),
      average('yardsPerReception', 'receiving_yards', 'receptions'),
      count('receivingTouchdowns', 'TD', 'receiving_tds'),
      longest('longReception', 'receiving_yards'),
      count('receivingTargets', 'TGTS', 'targets'),
    ],
  ],
  [
    'fumbles',
    line => fumbles(line) + line.counts.fumble_recovery_opp > 0,
    [['fumbles', 'FUM', fumbles], ['fumblesLost', 'LOST', fumblesLost], count('fumblesRecovered', 'REC', 'fumble_recovery_opp')],
  ],
  [
    'defensive',
    line => tackles(line) + line.counts.def_sacks + line.counts.def_pass_defended + line.counts.def_qb_hits > 0,
    [
      ['totalTackles', 'TOT', tackles],
      count('soloTackles', 'SOLO', 'def_tackles_solo'),
      count('sacks', 'SACKS', 'def_sacks'),
      count('tacklesForLoss', 'TFL', 'def_tackles_for_loss'),
      count('passesDefended', 'PD', 'def_pass_defended'),
      count('QBHits', 'QB HTS', 'def_qb_hits'),
      count('defensiveTouchdowns', 'TD', 'def_tds'),
    ],
  ],
  [
    'interceptions',
    ({ counts: c }) => c.def_interceptions > 0,
    [
      count('interceptions', 'INT', 'def_interceptions'),
      count('interceptionYards', 'YDS', 'def_interception_yards'),
      ['interceptionTouchdowns', 'TD', ({ counts: c }) => Math.min(c.def_tds, c.def_interceptions)],
    ],
  ],
  [
    'kickReturns',
    ({ counts: c }) => c.kickoff_returns > 0,
    [
      count('kickReturns', 'NO', 'kickoff_returns'),
      count('kickReturnYards', 'YDS', 'kickoff_return_yards'),
      average('yardsPerKickReturn', 'kickoff_return_yards', 'kickoff_returns'),
      longest('longKickReturn', 'kickoff_return_yards'),
      count('kickReturnTouchdowns', 'TD', 'special_teams_tds'),
    ],
  ],
  [
    'puntReturns',
    ({ counts: c }) => c.punt_returns > 0,
    [
      count('puntReturns', 'NO', 'punt_returns'),
      count('puntReturnYards', 'YDS', 'punt_return_yards'),
      average('yardsPerPuntReturn', 'punt_return_yards', 'punt_returns'),
      longest('longPuntReturn', 'punt_return_yards'),
      count('puntReturnTouchdowns', 'TD', 'special_teams_tds'),
    ],
  ],
  [
    'kicking',
    line => kicks(line) + line.counts.pat_att > 0,
    [
      ['fieldGoalsMade/fieldGoalAttempts', 'FG', line => `${line.fieldGoals.made.length}/${kicks(line)}`],
      ['fieldGoalPct', 'PCT', line => per(100 * line.fieldGoals.made.length, kicks(line))],
      ['longFieldGoalMade', 'LONG', ({ fieldGoals: { made } }) => Math.max(0, ...made)],
      ['extraPointsMade/extraPointAttempts', 'XP', ({ counts: c }) => `${c.pat_made}/${c.pat_att}`],
      ['totalKickingPoints', 'PTS', ({ fieldGoals: { made }, counts: c }) => 3 * made.length + c.pat_made],
    ],
  ],
  [
    'punting',
    ({ punts }) => punts.length > 0,
    [
      ['punts', 'NO', ({ punts }) => punts.length],
      ['puntYards', 'YDS', ({ punts }) => sum(punts.map(({ yards }) => yards))],
      ['grossAvgPuntYards', 'AVG', ({ punts }) => per(sum(punts.map(({ yards }) => yards)), punts.length)],
      ['touchbacks', 'TB', ({ punts }) => punts.filter(({ landed }) => landed === 0).length],
      ['puntsInside20', 'In 20', ({ punts }) => punts.filter(({ landed }) => landed > 0 && landed < 20).length],
      ['longPunt', 'LONG', ({ punts }) => Math.max(...punts.map(({ yards }) => yards))],
    ],
  ],
]

/** All groups of one side; a group with nobody is there and empty. */
export const boxGroups = (lines: readonly BoxLine[], { city }: Club) =>
  groups.map(([name, has, columns]) => ({
    name,
    keys: columns.map(([key]) => key),
    text: `${city} ${name}`,
    labels: columns.map(([, label]) => label),
    athletes: lines.filter(has).map(line => ({
      athlete: athleteOf(line.player),
      stats: columns.map(([, , read]) => String(read(line))),
    })),
    totals: [],
  }))

const athleteOf = (player: Player) => ({
  id: String(player.espnId),
  uid: `s:20~l:28~a:${player.espnId}`,
  firstName: player.firstName,
  lastName: player.familyName,
  // Some names are written otherwise here than in the league's files.
  displayName: `${nameOf(player)}${player.number % 9 === 0 ? ' Jr.' : ''}`,
  jersey: String(player.jersey),
})
