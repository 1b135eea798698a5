import type { Performances } from '../../pipeline/performances.ts'

const isPlaced = 's.finished and s.position is not null'

/** Horses in races: those that came under orders, with somebody to beat. */
export const racingPerformances: Performances = {
  from: `runners s join races g on g.provider_id = s.race_id
    cross join lateral (select count(*)::int as size from runners o where o.race_id = s.race_id and o.ran) f`,
  where: 's.ran and f.size > 1',
  season: 'g.season',
  stage: "'regular'::text",
  half: 'case when extract(month from g.race_date) > 6 then 2 else 1 end',
  eventId: 's.race_id',
  date: 'g.race_date',
  playerId: 's.horse_id',
  teamId: 's.trainer_id',
  isComplete: "g.status = 'final'",
  won: `coalesce(${isPlaced} and s.position = 1, false)`,
  // Prize money, in the currency of the race.
  points: 'round(coalesce(s.prize, 0) * 100)::bigint',
  // The share of rivals beaten; who was not placed has beaten none.
  rating: `case when ${isPlaced} then round(10000.0 * greatest(f.size - s.position, 0) / (f.size - 1))::int else 0 end`,
  measures: [
    { name: 'wins', sql: `(${isPlaced} and s.position = 1)::int` },
    { name: 'places', sql: `(${isPlaced} and s.position <= 3)::int` },
    { name: 'finishes', sql: 's.finished::int' },
    { name: 'racing_post_rating', sql: 's.racing_post_rating', isSum: false },
  ],
  words: { points: 'prize money', rating: 'rivals beaten (%)' },
  ofSeasons: list => `g.season = any(${list})`,
  ofEvents: list => `s.race_id = any(${list})`,
  names: 'select provider_id as id, name from horses',
  teamNames: 'select provider_id as id, name from trainers',
  report: {
    from: 'races g where true',
    id: 'g.provider_id',
    facts: "jsonb_build_object('course', g.course, 'race', g.name, 'distance_yards', g.distance_yards, 'going', g.going)",
  },
  minimum: { events: 3, share: 0, career: 5 },
  power: { halfLifeDays: 180, average: 5000 },
}
