import type { Club } from './clubs.ts'
import { benchOf, flag, nameOf, periodScores } from './format.ts'
import { type Counts, hasPlayed, type Line, type SideLines } from './lines.ts'
import type { Play, Result, Side } from './plays.ts'
import { isoClock } from './progress.ts'
import { storyOf } from './story.ts'

const share = (made: number, attempted: number) => (attempted === 0 ? 0 : made / attempted)
const wholeMinutes = (seconds: number) => `PT${String(Math.round(seconds / 60)).padStart(2, '0')}M`

export interface TeamBoxOptions {
  readonly side: Side
  readonly both: readonly [SideLines, SideLines]
  readonly score: Result
  /** The plays so far. */
  readonly plays: readonly Play[]
  /** Game seconds so far. */
  readonly elapsed: number
}

/** One side of a box score file, with its players. */
export function teamBox(club: Club, { side, both, score, plays, elapsed }: TeamBoxOptions) {
  const { lines, team } = both[side]
  const { foulsInPeriod, ...teamCounts } = team
  const sum = (name: keyof Counts) => lines.reduce((total, { counts }) => total + counts[name], 0)
  const shots = shotsOf(sum)
  const turnovers = sum('turnovers')
  const reboundsPersonal = sum('reboundsDefensive') + sum('reboundsOffensive')
  const reboundsTeam = team.reboundsTeamDefensive + team.reboundsTeamOffensive
  const trueShootingAttempts = shots.fieldGoalsAttempted + 0.44 * shots.freeThrowsAttempted
  const seconds = lines.reduce((total, line) => total + line.seconds, 0)
  return {
    teamId: club.teamId,
    teamName: club.name,
    teamCity: club.city,
    teamTricode: club.tricode,
    score: side === 0 ? score.home : score.away,
    ...benchOf(side, both, elapsed),
    periods: periodScores(score.periods, side),
    players: lines.map((line, index) => playerBox(line, index)),
    statistics: {
      assists: sum('assists'),
      assistsTurnoverRatio: share(sum('assists'), turnovers + team.turnoversTeam),
      benchPoints: lines.slice(5).reduce((total, { counts }) => total + counts.points, 0),
      blocks: sum('blocks'),
      blocksReceived: sum('blocksReceived'),
      fastBreakPointsPercentage: share(team.fastBreakPointsMade, team.fastBreakPointsAttempted),
      fieldGoalsEffectiveAdjusted: share(shots.fieldGoalsMade + 0.5 * shots.threePointersMade, shots.fieldGoalsAttempted),
      foulsOffensive: sum('foulsOffensive'),
      foulsDrawn: sum('foulsDrawn'),
      foulsPersonal: sum('foulsPersonal'),
      foulsTeam: sum('foulsPersonal') - sum('foulsOffensive'),
      foulsTechnical: sum('foulsTechnical'),
      foulsTeamTechnical: 0,
      minutes: isoClock(seconds),
      minutesCalculated: wholeMinutes(seconds),
      points: sum('points'),
      pointsAgainst: side === 0 ? score.away : score.home,
      pointsFastBreak: sum('pointsFastBreak'),
      pointsInThePaint: sum('pointsInThePaint'),
      pointsInThePaintPercentage: share(team.pointsInThePaintMade, team.pointsInThePaintAttempted),
      pointsSecondChance: sum('pointsSecondChance'),
      reboundsDefensive: sum('reboundsDefensive'),
      reboundsOffensive: sum('reboundsOffensive'),
      reboundsPersonal,
      reboundsTeam,
      reboundsTotal: reboundsPersonal + reboundsTeam,
      secondChancePointsPercentage: share(team.secondChancePointsMade, team.secondChancePointsAttempted),
      steals: sum('steals'),
      teamFieldGoalAttempts: 0,
      trueShootingAttempts,
      trueShootingPercentage: share(sum('points'), 2 * trueShootingAttempts),
      turnovers,
      turnoversTotal: turnovers + team.turnoversTeam,
      ...teamCounts,
      ...shots,
      ...storyOf(plays, side, elapsed),
    },
  }
}

/** The shooting numbers, the same for a player and a side. */
function shotsOf(count: (name: keyof Counts) => number) {
  const pair = <N extends 'fieldGoals' | 'freeThrows' | 'threePointers' | 'twoPointers'>(name: N) => {
    const attempted = count(`${name}Attempted`)
    const made = count(`${name}Made`)
    return { [`${name}Attempted`]: attempted, [`${name}Made`]: made, [`${name}Percentage`]: share(made, attempted) } as Record<
      `${N}${'Attempted' | 'Made' | 'Percentage'}`,
      number
    >
  }
  return { ...pair('fieldGoals'), ...pair('freeThrows'), ...pair('threePointers'), ...pair('twoPointers') }
}

function playerBox(line: Line, index: number) {
  const { player, active, reason, counts, seconds, onCourt } = line
  const starter = index < 5
  return {
    status: active ? 'ACTIVE' : 'INACTIVE',
    ...(reason && { notPlayingReason: reason.code }),
    ...(reason?.description && { notPlayingDescription: reason.description }),
    order: index + 1,
    personId: player.personId,
    jerseyNum: player.jerseyNum,
    ...(starter && { position: player.position }),
    starter: flag(starter),
    oncourt: flag(onCourt),
    played: flag(hasPlayed(line)),
    statistics: {
      ...counts,
      ...shotsOf(name => counts[name]),
      minutes: isoClock(seconds),
      minutesCalculated: wholeMinutes(seconds),
      plusMinusPoints: counts.plus - counts.minus,
      reboundsTotal: counts.reboundsDefensive + counts.reboundsOffensive,
    },
    ...nameOf(player),
  }
}
