import type { Play, Side } from './plays.ts'
import { isoClock } from './progress.ts'

/** How the score moved, seen from one side; scores are written away-home, as in the real files. */
export function storyOf(plays: readonly Play[], side: Side, elapsed: number) {
  const score: [number, number] = [0, 0]
  const written = () => `${score[1]}-${score[0]}`
  let biggestLead = 0
  let biggestLeadScore = '0-0'
  let run = 0
  let biggestScoringRun = 0
  let biggestScoringRunScore = '0-0'
  let leadChanges = 0
  let timesTied = 0
  let leader: Side | undefined
  let ledFor = 0
  let since = 0

  for (const play of plays) {
    if (play.points === 0) continue
    if (score[side] > score[side === 0 ? 1 : 0]) ledFor += play.at - since
    since = play.at
    score[play.side] += play.points
    const lead = score[side] - score[side === 0 ? 1 : 0]
    if (lead > biggestLead) {
      biggestLead = lead
      biggestLeadScore = written()
    }
    run = play.side === side ? run + play.points : 0
    if (run > biggestScoringRun) {
      biggestScoringRun = run
      biggestScoringRunScore = written()
    }
    if (lead === 0) timesTied++
    const ahead: Side | undefined = score[0] === score[1] ? undefined : score[0] > score[1] ? 0 : 1
    if (ahead !== undefined && leader !== undefined && ahead !== leader) leadChanges++
    leader = ahead ?? leader
  }
  if (score[side] > score[side === 0 ? 1 : 0]) ledFor += elapsed - since
  return {
    biggestLead,
    biggestLeadScore,
    biggestScoringRun,
    biggestScoringRunScore,
    leadChanges,
    timesTied,
    timeLeading: isoClock(ledFor),
  }
}
