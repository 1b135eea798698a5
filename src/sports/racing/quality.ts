import type { ISql, PendingQuery, Row } from 'postgres'
import { overdue, type QualityRule } from '../../pipeline/quality.ts'
import { zone } from './read-values.ts'
import { lookbackDays } from './result.ts'

/** In lengths: horses that are placed behind one they beat were close to it (four in 376 races of 2015, by 1.3 lengths at most). */
const closeFinish = 2

/** What is seen: 98 to 196 pounds, from two years on, up to 40 runners, and 0 to 175 in ratings. */
const [lightest, heaviest, oldest, mostRunners, bestRating] = [70, 210, 25, 60, 200]

/** Five furlongs are 1,100 yards; no race is longer than five miles. */
const [shortest, longest] = [400, 9000]

interface RacingRules {
  /** Whether horses, people and courses are stored beside the runners. */
  hasEntities: boolean
  /** Whether the account has results. */
  hasResults: boolean
}

/** `select id, day, season, what` of runners, called `u`, in races, called `r`. */
const ofRunners = (sql: ISql, what: PendingQuery<Row[]>, where: PendingQuery<Row[]>) => sql`
  select r.provider_id as id, r.race_date as day, r.season, ${what} as what
  from runners u join races r on r.provider_id = u.race_id where ${where}`

export function racingRules({ hasEntities, hasResults }: RacingRules): readonly QualityRule[] {
  const refetch = [hasResults ? 'results' : 'racecards']
  const entities: QualityRule = {
    name: 'entities',
    severity: 'error',
    means: 'The horse, jockey, trainer and owner of each runner are stored, and the course of each race.',
    mend: { refetch },
    find(sql) {
      const of = (column: string, table: string) =>
        ofRunners(
          sql,
          sql`format('has a runner, %s, whose ${sql.unsafe(column.replace('_id', ''))} %s is not in ${sql.unsafe(table)}', u.horse, u.${sql(column)})`,
          sql`u.${sql(column)} is not null and not exists (select from ${sql(table)} t where t.provider_id = u.${sql(column)})`,
        )
      return sql`
        ${of('horse_id', 'horses')} union all ${of('jockey_id', 'jockeys')} union all ${of('trainer_id', 'trainers')}
        union all ${of('owner_id', 'owners')} union all
        select r.provider_id, r.race_date, r.season, format('is at %s, whose course %s is not in courses', r.course, r.course_id)
        from races r where r.course_id is not null and not exists (select from courses c where c.provider_id = r.course_id)`
    },
  }
  return [
    ...(hasResults ? [overdue(lookbackDays, ['results', 'racecards'])] : []),
    {
      name: 'runners',
      severity: 'error',
      means: 'A race has as many runners as its card or result lists.',
      mend: { refetch },
      find: sql => sql`
        select r.provider_id as id, r.race_date as day, r.season,
          format('has %s runners stored, and %s are listed', coalesce(u.count, 0), r.runner_count) as what
        from races r left join (select race_id, count(*) from runners group by 1) u on u.race_id = r.provider_id
        where r.runner_count <> coalesce(u.count, 0)`,
    },
    {
      name: 'winner',
      severity: 'error',
      means: 'A race that is over has one winner, or several in a dead heat.',
      mend: { refetch },
      find: sql => sql`
        select r.provider_id as id, r.race_date as day, r.season, case when count(u.*) = 0 then 'is over and has no winner'
          else format('has %s winners, and no dead heat: %s', count(u.*), string_agg(u.horse, ' and ' order by u.horse)) end as what
        from races r left join runners u on u.race_id = r.provider_id and u.position = 1
        where r.status = 'final' and exists (select from runners x where x.race_id = r.provider_id and x.finished)
        group by 1, 2, 3 having count(u.*) = 0 or (count(u.*) > 1 and not bool_and(coalesce(u.is_dead_heat, false)))`,
    },
    {
      name: 'places',
      severity: 'error',
      means: 'Places are 1, 2, 3 …, with a gap behind a dead heat only; who finished has one.',
      mend: { refetch },
      find: sql => sql`
        with placed as (select u.*, rank() over (partition by race_id order by position) as place from runners u where position is not null)
        select r.provider_id as id, r.race_date as day, r.season, format('has %s in place %s, behind %s others', p.horse, p.position, p.place - 1) as what
        from placed p join races r on r.provider_id = p.race_id where r.status = 'final' and p.position <> p.place
        union all ${ofRunners(
          sql,
          sql`format('has %s, who %s', u.horse, case when u.ran is null then 'neither ran nor was withdrawn'
            when u.finished then 'finished without a place' when u.position is not null then 'has a place and did not finish'
            else 'ran, and has neither a place nor a reason for having none' end)`,
          sql`r.status = 'final' and (u.ran is null or (u.finished <> (u.position is not null)) or (u.ran and not u.finished and u.outcome is null))`,
        )}`,
    },
    {
      name: 'distances',
      severity: 'warning',
      means: `Who comes later was beaten by more, but for horses within ${closeFinish} lengths, which stewards may place otherwise.`,
      mend: { refetch },
      find: sql => sql`
        with placed as (
          select u.*, max(total_beaten_lengths) over (partition by race_id order by position, total_beaten_lengths rows between unbounded preceding and 1 preceding) as before
          from runners u where position is not null
        )
        select r.provider_id as id, r.race_date as day, r.season,
          format('has %s in place %s, beaten by %s lengths, behind one beaten by %s', p.horse, p.position, p.total_beaten_lengths, p.before) as what
        from placed p join races r on r.provider_id = p.race_id where p.total_beaten_lengths < p.before - ${closeFinish}`,
    },
    {
      name: 'prices',
      severity: 'error',
      means: 'Prices with the stake are above 1, and those of a fraction are that fraction.',
      mend: { refetch },
      find: sql => sql`
        ${ofRunners(
          sql,
          sql`format('has %s with a starting price of %s and %s/%s', u.horse, coalesce(u.sp_decimal, u.bsp), u.sp_numerator, u.sp_denominator)`,
          sql`u.sp_decimal <= 1 or u.bsp <= 1 or u.sp_numerator < 1 or u.sp_denominator < 1
            or abs(u.sp_decimal - 1 - u.sp_numerator::float8 / nullif(u.sp_denominator, 0)) > 0.05 + u.sp_decimal / 50`,
        )}
        union all
        select r.provider_id, r.race_date, r.season, format('has a price of %s by %s', o.decimal, o.bookmaker)
        from runner_odds o join races r on r.provider_id = o.race_id where o.decimal <= 1`,
    },
    {
      name: 'impossible',
      severity: 'error',
      means: `Weights are ${lightest} to ${heaviest} lbs, ages 1 to ${oldest}, ratings 0 to ${bestRating}; nothing counted is negative.`,
      mend: { refetch },
      find: sql => sql`
        select * from (${ofRunners(
          sql,
          sql`(select format('has %s with %s of %s', u.horse, v.name, v.value) from (values ('a weight', u.weight_lbs::numeric, ${lightest}, ${heaviest}),
            ('an age', u.age, 1, ${oldest}), ('an official rating', u.official_rating, 0, ${bestRating}),
            ('a Racing Post rating', u.racing_post_rating, 0, ${bestRating}), ('a topspeed rating', u.topspeed_rating, 0, ${bestRating}),
            ('a draw', u.draw, 1, ${mostRunners}), ('a place', u.position, 1, ${mostRunners}), ('a prize', u.prize, 0, 1e9),
            ('a distance behind', u.total_beaten_lengths::numeric, 0, 1000),
            ('a time in seconds', extract(epoch from u.time), 30, 1800)) v(name, value, least, most)
            where v.value not between v.least and v.most limit 1)`,
          sql`true`,
        )}) u where what is not null
        union all
        select r.provider_id, r.race_date, r.season, case when r.distance_yards not between ${shortest} and ${longest}
          then format('is over %s yards', r.distance_yards) else format('is of %s and begins at %s', r.race_date,
            to_char(r.off_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"')) end
        from races r where r.distance_yards not between ${shortest} and ${longest} or (r.off_at at time zone ${zone})::date <> r.race_date
          or r.season <> to_char(r.race_date, 'YYYY')`,
    },
    {
      name: 'orphans',
      severity: 'error',
      means: 'Each runner is of a stored race, and each price of a stored runner.',
      mend: { byHand: 'Load the day of the race again: sports-ingest schedule daily --sport racing --date DAY --no-catch-up.' },
      find: sql => sql`
        select u.race_id as id, null::date as day, null::text as season, format('is not stored, and has %s runners', count(*)) as what
        from runners u where not exists (select from races r where r.provider_id = u.race_id) group by 1
        union all
        select o.race_id, null, null, format('has %s prices of horse %s, which is none of its runners', count(*), o.horse_id)
        from runner_odds o where not exists (select from runners u where u.race_id = o.race_id and u.horse_id = o.horse_id) group by 1, o.horse_id`,
    },
    ...(hasEntities ? [entities] : []),
    {
      name: 'same-race',
      severity: 'error',
      means: 'No two races begin on one course at one time.',
      mend: { byHand: 'Compare the two races with the provider’s list of their day; one may have been given a second id.' },
      find: sql => sql`
        select r.provider_id as id, r.race_date as day, r.season, format('begins at %s when race %s does', r.course, o.provider_id) as what
        from races r join races o on o.course_id = r.course_id and o.off_at = r.off_at and o.race_date = r.race_date and o.provider_id > r.provider_id
        where r.status in ('scheduled', 'live', 'final') and o.status in ('scheduled', 'live', 'final')`,
    },
    {
      name: 'same-horse',
      severity: 'warning',
      means: 'No two horses have the same name, country, sire and dam.',
      mend: { byHand: 'The provider has given one horse two ids: see both in horses, and report it to The Racing API.' },
      find: sql => sql`
        select string_agg(h.provider_id, ' and ' order by h.provider_id) as id, null::date as day, null::text as season,
          format('are %s (%s), by %s out of %s', h.name, coalesce(h.country, '?'), h.sire, h.dam) as what
        from horses h where h.sire_id is not null and h.dam_id is not null
        group by h.name, h.country, h.sire_id, h.sire, h.dam_id, h.dam having count(*) > 1`,
    },
  ]
}
