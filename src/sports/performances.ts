import { sql } from 'drizzle-orm'
import { boolean, date, doublePrecision, integer, jsonb, pgView, text } from 'drizzle-orm/pg-core'
import type { Performances } from '../pipeline/performances.ts'
import { nbaPerformances } from './nba/performances.ts'
import { nflPerformances } from './nfl/performances.ts'
import { racingPerformances } from './racing/performances.ts'

/** Each line of each player of all sports, as the stats functions read it. */
export const performances = pgView('performances', {
  sport: text('sport'),
  season: text('season'),
  /** `regular`, `playoffs`; other stages count nowhere. */
  stage: text('stage'),
  half: integer('half'),
  eventId: text('event_id'),
  eventDate: date('event_date', { mode: 'string' }),
  playerId: text('player_id'),
  teamId: text('team_id'),
  /** The event is over. */
  isComplete: boolean('is_complete'),
  won: boolean('won'),
  points: doublePrecision('points'),
  rating: doublePrecision('rating'),
  measures: jsonb('measures'),
}).as(
  sql.raw(
    [selectOf('nba', nbaPerformances), selectOf('nfl', nflPerformances), selectOf('racing', racingPerformances)].join(
      '\nunion all\n',
    ),
  ),
)

function selectOf(sport: string, all: Performances): string {
  const measures = all.measures.map(({ name, sql }) => `'${name}', ${sql}`).join(', ')
  return `select '${sport}'::text as sport, ${all.season} as season, ${all.stage} as stage, ${all.half} as half, ${all.eventId} as event_id,
  ${all.date} as event_date, ${all.playerId} as player_id, ${all.teamId} as team_id, coalesce(${all.isComplete}, false) as is_complete, ${all.won} as won,
  (${all.points}) / 100.0::double precision as points, (${all.rating}) / 100.0::double precision as rating,
  jsonb_build_object(${measures}) as measures
from ${all.from}
where ${all.where}`
}
