import { createRandom, drawWeighted, pick, type Random } from '../random.ts'
import type { Player } from './players.ts'
import { otherSide, type Play } from './plays.ts'
import { chooseSquad, planStints, type SquadMember } from './squad.ts'

/** The counted numbers of a player line, under the names of the box score. */
const counted = [
  'assists',
  'blocks',
  'blocksReceived',
  'fieldGoalsAttempted',
  'fieldGoalsMade',
  'foulsOffensive',
  'foulsDrawn',
  'foulsPersonal',
  'foulsTechnical',
  'freeThrowsAttempted',
  'freeThrowsMade',
  'minus',
  'plus',
  'points',
  'pointsFastBreak',
  'pointsInThePaint',
  'pointsSecondChance',
  'reboundsDefensive',
  'reboundsOffensive',
  'steals',
  'threePointersAttempted',
  'threePointersMade',
  'turnovers',
  'twoPointersAttempted',
  'twoPointersMade',
] as const

export type Counts = Record<(typeof counted)[number], number>

/** What one player has done so far. */
export interface Line extends SquadMember {
  readonly counts: Counts
  /** On court, in game seconds. */
  seconds: number
  onCourt: boolean
}

/** Whether he was on court at all. */
export const hasPlayed = ({ seconds, onCourt }: Line): boolean => onCourt || seconds > 0

/** What is counted for a side but for none of its players. */
interface TeamCounts {
  reboundsTeamDefensive: number
  reboundsTeamOffensive: number
  turnoversTeam: number
  pointsFromTurnovers: number
  fastBreakPointsAttempted: number
  fastBreakPointsMade: number
  pointsInThePaintAttempted: number
  pointsInThePaintMade: number
  secondChancePointsAttempted: number
  secondChancePointsMade: number
  /** Personal fouls in the period being played, which put the other side in the bonus. */
  foulsInPeriod: number
}

export interface SideLines {
  readonly lines: readonly Line[]
  readonly team: TeamCounts
}

const noCounts = (): Counts => Object.fromEntries(counted.map(name => [name, 0])) as Counts

const noTeamCounts = (): TeamCounts => ({
  reboundsTeamDefensive: 0,
  reboundsTeamOffensive: 0,
  turnoversTeam: 0,
  pointsFromTurnovers: 0,
  fastBreakPointsAttempted: 0,
  fastBreakPointsMade: 0,
  pointsInThePaintAttempted: 0,
  pointsInThePaintMade: 0,
  secondChancePointsAttempted: 0,
  secondChancePointsMade: 0,
  foulsInPeriod: 0,
})

export interface LinesOptions {
  readonly seed: number
  readonly gameId: string
  /** Home, away. */
  readonly sides: readonly { readonly teamId: number; readonly roster: readonly Player[] }[]
  readonly plays: readonly Play[]
  /** How many periods the game has in the end. */
  readonly periods: number
  /** Game seconds played so far: later plays are not counted yet. */
  readonly elapsed: number
}

/**
 * Says who did what in the plays so far. Plays draw their players one after the other, so what was said of a play
 * stays so as the game goes on, and all sums of a box score hold at each moment.
 */
export function linesOf({ seed, gameId, sides, plays, periods, elapsed }: LinesOptions): [home: SideLines, away: SideLines] {
  const random = createRandom(seed, 'lines', gameId)
  const stints = sides.map(({ teamId }) => planStints(seed, gameId, teamId, periods))
  const both = sides.map(({ teamId, roster }, side): SideLines => {
    const squad = chooseSquad(createRandom(seed, 'squad', gameId, teamId), roster)
    const lines = squad.map((member): Line => ({ ...member, counts: noCounts(), seconds: 0, onCourt: false }))
    for (const { from, to, five } of stints[side] ?? []) {
      if (from > elapsed) break
      for (const line of lines) line.onCourt = false
      for (const line of chosen(lines, five)) {
        line.seconds += Math.min(to, elapsed) - from
        line.onCourt = true
      }
    }
    return { lines, team: noTeamCounts() }
  }) as [SideLines, SideLines]

  const at = [0, 0]
  let period = 1
  for (const play of plays) {
    if (play.at > elapsed) break
    if (play.period !== period) for (const { team } of both) team.foulsInPeriod = 0
    period = play.period
    const onCourt = both.map(({ lines }, side) => {
      const own = stints[side] ?? []
      while ((own[at[side] as number]?.to ?? Number.POSITIVE_INFINITY) <= play.at) at[side] = (at[side] as number) + 1
      return chosen(lines, own[at[side] as number]?.five ?? [])
    }) as [Line[], Line[]]
    record(random, play, onCourt, [both[0].team, both[1].team])
  }
  return both
}

const chosen = (lines: readonly Line[], five: readonly number[]) => five.map(index => lines[index] as Line)

const drawBy = (random: Random, lines: Line[], weight: (player: Player) => number): Line =>
  lines[
    drawWeighted(
      random,
      lines.map(({ player }) => weight(player)),
    )
  ] as Line

/** Writes one play down in the lines of those on court. */
function record(random: Random, play: Play, onCourt: [Line[], Line[]], teams: [TeamCounts, TeamCounts]): void {
  const defence = otherSide(play.side)
  const [own, others] = [onCourt[play.side], onCourt[defence]]
  const [team, otherTeam] = [teams[play.side], teams[defence]]
  const actor = drawBy(random, own, player => player.shooting)

  const foul = (fouler: Line, drawer: Line, counts: TeamCounts) => {
    fouler.counts.foulsPersonal++
    drawer.counts.foulsDrawn++
    counts.foulsInPeriod++
  }
  if (play.freeThrows > 0 || random() < 0.06) foul(cleanest(random, others), actor, otherTeam)

  if (play.kind === 'turnover') {
    recordTurnover()
    return
  }
  recordPoints()
  if (play.kind !== 'free-throws') recordShot(play.kind)
  if (play.rebound !== 'none') recordRebound(play.rebound)

  function recordTurnover(): void {
    const draw = random()
    if (draw < 0.05) {
      team.turnoversTeam++
      return
    }
    actor.counts.turnovers++
    if (draw < 0.17 && actor.counts.foulsPersonal < 5) {
      actor.counts.foulsOffensive++
      foul(actor, pick(random, others), team)
    } else if (draw < 0.65) pick(random, others).counts.steals++
  }

  function recordPoints(): void {
    actor.counts.points += play.points
    actor.counts.freeThrowsAttempted += play.freeThrows
    actor.counts.freeThrowsMade += play.freeThrowsMade
    for (const line of own) line.counts.plus += play.points
    for (const line of others) line.counts.minus += play.points
    if (play.after === 'turnover') team.pointsFromTurnovers += play.points
    if (play.after === 'miss') actor.counts.pointsSecondChance += play.points
  }

  function recordShot(kind: 'two' | 'three'): void {
    const [attempted, made] =
      kind === 'two'
        ? (['twoPointersAttempted', 'twoPointersMade'] as const)
        : (['threePointersAttempted', 'threePointersMade'] as const)
    const hit = play.made ? 1 : 0
    const worth = hit * (kind === 'two' ? 2 : 3)
    actor.counts.fieldGoalsAttempted++
    actor.counts[attempted]++
    actor.counts.fieldGoalsMade += hit
    actor.counts[made] += hit
    const inThePaint = kind === 'two' && random() < 0.7
    const onTheBreak = random() < (play.after === 'turnover' ? 0.4 : 0.07)
    if (inThePaint) {
      actor.counts.pointsInThePaint += worth
      team.pointsInThePaintAttempted++
      team.pointsInThePaintMade += hit
    }
    if (onTheBreak) {
      actor.counts.pointsFastBreak += worth
      team.fastBreakPointsAttempted++
      team.fastBreakPointsMade += hit
    }
    if (play.after === 'miss') {
      team.secondChancePointsAttempted++
      team.secondChancePointsMade += hit
    }
    if (play.made) {
      const mates = own.filter(line => line !== actor)
      if (random() < 0.62) drawBy(random, mates, player => player.passing).counts.assists++
    } else if (kind === 'two' && random() < 0.2) {
      drawBy(random, others, player => player.rebounding).counts.blocks++
      actor.counts.blocksReceived++
    }
  }

  function recordRebound(kind: 'offensive' | 'defensive'): void {
    const [side, counts] = kind === 'offensive' ? [own, team] : [others, otherTeam]
    const nobody = random() < 0.15
    const line = drawBy(random, side, player => player.rebounding)
    if (nobody) counts[kind === 'offensive' ? 'reboundsTeamOffensive' : 'reboundsTeamDefensive']++
    else line.counts[kind === 'offensive' ? 'reboundsOffensive' : 'reboundsDefensive']++
  }
}

/** Somebody who may foul again: with five fouls a player is spared, here as in offence, so that nobody fouls out. */
function cleanest(random: Random, lines: Line[]): Line {
  const spare = lines.filter(({ counts }) => counts.foulsPersonal < 5)
  return pick(random, spare.length > 0 ? spare : lines)
}
