import { between, pick, type Random } from '../random.ts'
import { otherSide, type Play } from './play.ts'
import { defenders, draw, kicker, passer, penalised, receivers, runners, rushers, tacklers } from './roles.ts'
import type { Sheet, Who } from './sheet.ts'

/** Writes one play down in the lines of both sides. The same play always draws the same players. */
export function recordPlay(random: Random, play: Play, sheets: readonly [Sheet, Sheet]): void {
  const [own, others] = [sheets[play.side], sheets[otherSide(play.side)]]
  const { kind, yards, returned, touchdown, fumbled, good, down, distance, scorer, side } = play
  const ownScore = touchdown && scorer === side ? 1 : 0
  const theirScore = touchdown && scorer !== side ? 1 : 0
  const firstDown = down > 0 && (yards >= distance || ownScore === 1) ? 1 : 0

  // No table of functions: a season has 48,000 plays, and each would make one.
  switch (kind) {
    case 'kick-off':
      if (returned > 0)
        others.count(['RB', 2], { kickoff_returns: 1, kickoff_return_yards: returned, special_teams_tds: theirScore })
      break
    case 'punt':
      if (returned > 0) others.count(['WR', 3], { punt_returns: 1, punt_return_yards: returned, special_teams_tds: theirScore })
      break
    case 'field-goal':
      own.line(kicker).fieldGoals[good ? 'made' : 'missed'].push(yards)
      break
    case 'extra-point':
      own.count(kicker, { pat_att: 1, pat_made: good ? 1 : 0, pat_missed: good ? 0 : 1 })
      break
    case 'two-points':
      recordTwoPoints()
      break
    case 'run':
      recordRun()
      break
    case 'pass':
      recordPass()
      break
    case 'incomplete':
      recordIncomplete()
      break
    case 'interception':
      recordInterception()
      break
    case 'sack':
      recordSack()
  }
  if (down > 0 && random() < 0.075) recordPenalty()

  function recordTwoPoints(): void {
    const runs = random() < 0.4
    const who = draw(random, runs ? runners : receivers)
    if (!good) return
    if (runs) own.count(who, { rushing_2pt_conversions: 1 })
    else {
      own.count(passer, { passing_2pt_conversions: 1 })
      own.count(who, { receiving_2pt_conversions: 1 })
    }
  }

  function recordRun(): void {
    const lost = fumbled ? 1 : 0
    own.count(draw(random, runners), {
      carries: 1,
      rushing_yards: yards,
      rushing_tds: ownScore,
      rushing_fumbles: lost,
      rushing_fumbles_lost: lost,
      rushing_first_downs: firstDown,
    })
    if (fumbled) recordRecovery()
    else recordTackle()
  }

  function recordPass(): void {
    const air = yards > 0 ? between(random, Math.floor(yards / 3), yards) : between(random, -4, 0)
    const lost = fumbled ? 1 : 0
    own.count(passer, {
      completions: 1,
      attempts: 1,
      passing_yards: yards,
      passing_tds: ownScore,
      passing_air_yards: air,
      passing_yards_after_catch: yards - air,
      passing_first_downs: firstDown,
    })
    own.count(draw(random, receivers), {
      receptions: 1,
      targets: 1,
      receiving_yards: yards,
      receiving_tds: ownScore,
      receiving_fumbles: lost,
      receiving_fumbles_lost: lost,
      receiving_air_yards: air,
      receiving_yards_after_catch: yards - air,
      receiving_first_downs: firstDown,
    })
    if (fumbled) recordRecovery()
    else recordTackle()
  }

  function recordIncomplete(): void {
    const air = between(random, 2, 26)
    own.count(passer, { attempts: 1, passing_air_yards: air })
    if (random() < 0.92) own.count(draw(random, receivers), { targets: 1, receiving_air_yards: air })
    if (random() < 0.3) others.count(draw(random, defenders), { def_pass_defended: 1 })
    if (random() < 0.1) others.count(draw(random, rushers), { def_qb_hits: 1 })
  }

  function recordInterception(): void {
    own.count(passer, { attempts: 1, passing_interceptions: 1, passing_air_yards: yards })
    own.count(draw(random, receivers), { targets: 1, receiving_air_yards: yards })
    others.count(draw(random, defenders), {
      def_interceptions: 1,
      def_interception_yards: returned,
      def_pass_defended: 1,
      def_tds: theirScore,
    })
  }

  function recordSack(): void {
    const lost = fumbled ? 1 : 0
    own.count(passer, { sacks_suffered: 1, sack_yards_lost: yards, sack_fumbles: lost, sack_fumbles_lost: lost })
    const sackers = random() < 0.15 ? [rushers.who[0], rushers.who[2]] : [draw(random, rushers)]
    const share = 1 / sackers.length
    for (const who of sackers as Who[])
      others.count(who, {
        def_sacks: share,
        def_sack_yards: -yards * share,
        def_qb_hits: 1,
        def_tackles_for_loss: share === 1 ? 1 : 0,
        def_tackles_for_loss_yards: share === 1 ? -yards : 0,
        def_tackles_solo: share === 1 ? 1 : 0,
        def_tackle_assists: share === 1 ? 0 : 1,
      })
    if (play.points === 2) others.count(sackers[0] as Who, { def_safeties: 1 })
    if (fumbled) recordRecovery()
  }

  function recordTackle(): void {
    const who = draw(random, tacklers)
    if (play.points === 2) others.count(who, { def_safeties: 1 })
    // Out of bounds, or over the line.
    if (touchdown || random() < 0.12) return
    const helped = random() < 0.3
    const loss = yards < 0 ? 1 : 0
    others.count(who, {
      def_tackles_solo: helped ? 0 : 1,
      def_tackles_with_assist: helped ? 1 : 0,
      def_tackles_for_loss: loss,
      def_tackles_for_loss_yards: loss * -yards,
    })
    if (helped) others.count(draw(random, tacklers), { def_tackle_assists: 1 })
  }

  function recordRecovery(): void {
    others.count(draw(random, tacklers), { def_fumbles_forced: 1 })
    others.count(draw(random, tacklers), { fumble_recovery_opp: 1, fumble_recovery_yards_opp: returned, def_tds: theirScore })
  }

  function recordPenalty(): void {
    const sheet = pick(random, sheets)
    const who = draw(random, penalised)
    sheet.count(random() < 0.03 ? 'club' : who, { penalties: 1, penalty_yards: pick(random, [5, 5, 10, 10, 15]) })
  }
}
