import { boolean, doublePrecision, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { interval, provenance } from '../../store/columns.ts'
import { fieldsOf } from '../fields.ts'

/** Counts the cdn gives for players and teams alike; always there. */
export const sharedCounts = [
  'assists',
  'blocks',
  'fieldGoalsAttempted',
  'fieldGoalsMade',
  'foulsPersonal',
  'freeThrowsAttempted',
  'freeThrowsMade',
  'points',
  'reboundsDefensive',
  'reboundsOffensive',
  'reboundsTotal',
  'steals',
  'threePointersAttempted',
  'threePointersMade',
  'turnovers',
] as const

/** Numbers that some seasons' files lack. */
export const sharedOptional = [
  'blocksReceived',
  'fieldGoalsPercentage',
  'foulsDrawn',
  'foulsOffensive',
  'foulsTechnical',
  'freeThrowsPercentage',
  'pointsFastBreak',
  'pointsInThePaint',
  'pointsSecondChance',
  'threePointersPercentage',
  'twoPointersAttempted',
  'twoPointersMade',
  'twoPointersPercentage',
] as const

export const playerOptional = [...sharedOptional, 'minus', 'plus', 'plusMinusPoints'] as const

export const teamOptional: readonly string[] = [
  ...sharedOptional,
  ...`
    assistsTurnoverRatio benchPoints biggestLead biggestScoringRun fastBreakPointsAttempted fastBreakPointsMade
    fastBreakPointsPercentage fieldGoalsEffectiveAdjusted foulsTeam foulsTeamTechnical leadChanges pointsAgainst
    pointsFromTurnovers pointsInThePaintAttempted pointsInThePaintMade pointsInThePaintPercentage reboundsPersonal
    reboundsTeam reboundsTeamDefensive reboundsTeamOffensive secondChancePointsAttempted secondChancePointsMade
    secondChancePointsPercentage teamFieldGoalAttempts timesTied trueShootingAttempts trueShootingPercentage
    turnoversTeam turnoversTotal
  `
    .trim()
    .split(/\s+/),
]

const snake = (name: string) => name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** A fraction (percentages, ratios, shooting attempts weighted by 0.44) rather than a count. */
export const isFraction = (name: string) => /Percentage|Ratio|EffectiveAdjusted|trueShooting/.test(name)

const count = (name: string) => integer(snake(name)).notNull()
const optional = (name: string) => (isFraction(name) ? doublePrecision(snake(name)) : integer(snake(name)))

/** One line per player in a box score, also of those who did not play. */
export const nbaPlayerGameStats = pgTable(
  'nba_player_game_stats',
  {
    ...provenance(),
    gameId: text('game_id').notNull(),
    playerId: text('player_id').notNull(),
    teamId: text('team_id').notNull(),
    /** `ACTIVE` or `INACTIVE`. */
    status: text('status').notNull(),
    notPlayingReason: text('not_playing_reason'),
    jerseyNumber: text('jersey_num'),
    position: text('position'),
    starter: boolean('starter').notNull(),
    played: boolean('played').notNull(),
    minutes: interval('minutes').notNull(),
    ...fieldsOf(sharedCounts, count),
    ...fieldsOf(playerOptional, optional),
  },
  t => [primaryKey({ columns: [t.gameId, t.playerId] }), index('nba_player_game_stats_player').on(t.playerId)],
)

/** One line per team in a box score. */
export const nbaTeamGameStats = pgTable(
  'nba_team_game_stats',
  {
    ...provenance(),
    gameId: text('game_id').notNull(),
    teamId: text('team_id').notNull(),
    isHome: boolean('is_home').notNull(),
    score: integer('score').notNull(),
    minutes: interval('minutes'),
    timeLeading: interval('time_leading'),
    ...fieldsOf(sharedCounts, count),
    ...fieldsOf(teamOptional, optional),
  },
  t => [primaryKey({ columns: [t.gameId, t.teamId] })],
)
