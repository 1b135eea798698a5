import type { Club } from './clubs.ts'
import { type CountName, counted, type Tally } from './counts.ts'
import type { Column, Value } from './csv.ts'
import type { Game } from './game.ts'
import { nameOf, type Player, shortNameOf } from './players.ts'
import { positions } from './positions.ts'

/** A row of the stats files: what one player did in a game, and what his club did beside him. */
export interface StatsRow extends Tally {
  readonly player: Player | undefined
  readonly game: Game
  readonly club: Club
  /** The sum of the club's lines. */
  readonly whole: Tally
}

type Read = (row: StatsRow) => Value

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6
const share = (part: number, whole: number): Value => (whole === 0 ? undefined : rounded(part / whole))

/** Points expected to be added, as far as they follow from the counts; they add up. */
const epa = {
  passing: ({ counts }: Tally) =>
    counts.attempts + counts.sacks_suffered === 0
      ? undefined
      : rounded(
          0.09 * counts.passing_yards +
            1.5 * counts.passing_tds -
            4.1 * counts.passing_interceptions -
            0.42 * counts.attempts -
            1.6 * counts.sacks_suffered,
        ),
  rushing: ({ counts }: Tally) =>
    counts.carries === 0 ? undefined : rounded(0.11 * counts.rushing_yards + 1.2 * counts.rushing_tds - 0.52 * counts.carries),
  receiving: ({ counts }: Tally) =>
    counts.targets === 0 ? undefined : rounded(0.1 * counts.receiving_yards + 1.3 * counts.receiving_tds - 0.45 * counts.targets),
}

const targetShare: Read = ({ counts, whole }) => (counts.targets === 0 ? undefined : share(counts.targets, whole.counts.targets))
const airShare: Read = ({ counts, whole }) =>
  counts.targets === 0 ? undefined : share(counts.receiving_air_yards, whole.counts.receiving_air_yards)

function fantasyPoints({ counts }: Tally): number {
  const lost = counts.sack_fumbles_lost + counts.rushing_fumbles_lost + counts.receiving_fumbles_lost
  const tries = counts.passing_2pt_conversions + counts.rushing_2pt_conversions + counts.receiving_2pt_conversions
  const tds = counts.rushing_tds + counts.receiving_tds + counts.special_teams_tds
  const yards = 4 * counts.passing_yards + 10 * (counts.rushing_yards + counts.receiving_yards)
  return rounded(yards / 100 + 4 * counts.passing_tds - 2 * counts.passing_interceptions + 6 * tds + 2 * tries - 2 * lost)
}

const distances: readonly (readonly [suffix: string, least: number, most: number])[] = [
  ['0_19', 0, 19],
  ['20_29', 20, 29],
  ['30_39', 30, 39],
  ['40_49', 40, 49],
  ['50_59', 50, 59],
  ['60_', 60, 99],
]
const sum = (values: readonly number[]): Value =>
  values.length === 0 ? undefined : values.reduce((total, value) => total + value)
const list = (values: readonly number[]): Value => (values.length === 0 ? undefined : values.join(';'))
const within = (values: readonly number[], least: number, most: number): number =>
  values.filter(value => value >= least && value <= most).length

/** What does not follow from one count of the same name; all that is nowhere counted is 0. */
const derived: Readonly<Record<string, Read>> = {
  passing_epa: epa.passing,
  passing_cpoe: ({ counts }) =>
    counts.attempts === 0 ? undefined : rounded((100 * counts.completions) / counts.attempts - 63.5),
  pacr: ({ counts }) => share(counts.passing_yards, counts.passing_air_yards),
  dakota: row => (row.counts.attempts < 5 ? undefined : rounded(0.08 + (epa.passing(row) ?? 0) / 400)),
  rushing_epa: epa.rushing,
  receiving_epa: epa.receiving,
  racr: ({ counts }) => share(counts.receiving_yards, counts.receiving_air_yards),
  target_share: targetShare,
  air_yards_share: airShare,
  wopr: row => {
    const [targets, air] = [targetShare(row), airShare(row)]
    return targets === undefined ? undefined : rounded(1.5 * Number(targets) + 0.7 * Number(air ?? 0))
  },
  fg_made: ({ fieldGoals }) => fieldGoals.made.length,
  fg_att: ({ fieldGoals }) => fieldGoals.made.length + fieldGoals.missed.length,
  fg_missed: ({ fieldGoals }) => fieldGoals.missed.length,
  fg_long: ({ fieldGoals }) => (fieldGoals.made.length === 0 ? undefined : Math.max(...fieldGoals.made)),
  fg_pct: ({ fieldGoals }) => share(fieldGoals.made.length, fieldGoals.made.length + fieldGoals.missed.length),
  ...Object.fromEntries(
    distances.flatMap(([suffix, least, most]): [string, Read][] => [
      [`fg_made_${suffix}`, ({ fieldGoals }) => within(fieldGoals.made, least, most)],
      [`fg_missed_${suffix}`, ({ fieldGoals }) => within(fieldGoals.missed, least, most)],
    ]),
  ),
  fg_made_list: ({ fieldGoals }) => list(fieldGoals.made),
  fg_missed_list: ({ fieldGoals }) => list(fieldGoals.missed),
  fg_blocked_list: () => undefined,
  fg_made_distance: ({ fieldGoals }) => sum(fieldGoals.made),
  fg_missed_distance: ({ fieldGoals }) => sum(fieldGoals.missed),
  fg_blocked_distance: () => 0,
  pat_pct: ({ counts }) => share(counts.pat_made, counts.pat_att),
  fantasy_points: fantasyPoints,
  fantasy_points_ppr: row => rounded(fantasyPoints(row) + row.counts.receptions),
  timeouts: ({ game, club }) => (game.number + club.espnId) % 4,
}

const opponentOf = ({ game, club }: StatsRow): string => (game.home === club ? game.away : game.home).code
const positionOf = ({ player }: StatsRow) => player && positions[player.spot.place]

const known: Readonly<Record<string, Read>> = {
  player_id: ({ player }) => player?.gsisId,
  player_name: ({ player }) => player && shortNameOf(player),
  player_display_name: ({ player }) => player && nameOf(player),
  position: row => positionOf(row)?.stats,
  position_group: row => positionOf(row)?.group,
  headshot_url: ({ player }) => player?.headshot,
  season: ({ game }) => game.season,
  week: ({ game }) => game.week,
  season_type: ({ game }) => (game.type === 'REG' ? 'REG' : 'POST'),
  team: ({ club }) => club.code,
  opponent_team: opponentOf,
  // Names of the file that ends with 2024; sacks are counted there with the other sign.
  recent_team: ({ club }) => club.code,
  interceptions: ({ counts }) => counts.passing_interceptions,
  sacks: ({ counts }) => counts.sacks_suffered,
  sack_yards: ({ counts }) => (counts.sack_yards_lost === 0 ? 0 : -counts.sack_yards_lost),
}

const isCounted = (name: string): name is CountName => (counted as readonly string[]).includes(name)

/** What stands in the columns of that name. */
export function statsColumn(name: string): Column<StatsRow> {
  const read = known[name] ?? derived[name] ?? (isCounted(name) ? ({ counts }: StatsRow) => counts[name] : () => 0)
  return [name, read]
}
