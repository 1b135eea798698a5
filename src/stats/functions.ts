import type { StatsFunction } from './function.ts'
import { columnOf, type StatsSport, summed } from './lines.ts'

/** Rankings have so many places, and more where players are level. */
const places = 10

/** How many events the form of a player has. */
const recent = 5

/** So many events of an average player count in each power rating, so that one event does not make a champion. */
const priorEvents = 5

/** Weights of power ratings are whole parts of this, so that a sum does not depend on the order of its parts. */
const unit = 2 ** 20

const hundredths = (sql: string) => `round(${sql} / 100.0, 2)`
const perEvent = (sum: string, events = 'events') => `round(${sum}::numeric / ${events} / 100, 2)`
const list = (texts: readonly string[]) => texts.join(', ')

/** Sums of sums, for `group by`. A sum of whole numbers is a number of any length, of which further sums are slow. */
const sumsOf = (sport: StatsSport) =>
  list([
    'sum(events)::int as events, sum(wins)::int as wins, sum(points)::bigint as points, max(best) as best, sum(rating)::bigint as rating',
    "min(first_date) as first_date, max(last_date) as last_date, min(nullif(team_id, '')) as first_team, max(nullif(team_id, '')) as last_team",
    ...summed(sport).map(({ name }) => `sum(${columnOf(name)})::bigint as ${columnOf(name)}`),
  ])

/** The same of what was summed up by that. */
const sumsOfSums = (sport: StatsSport) =>
  list([
    'sum(events)::int as events, sum(wins)::int as wins, sum(points)::bigint as points, max(best) as best, sum(rating)::bigint as rating',
    'min(first_date) as first_date, max(last_date) as last_date, min(first_team) as first_team, max(last_team) as last_team',
    ...summed(sport).map(({ name }) => `sum(${columnOf(name)})::bigint as ${columnOf(name)}`),
  ])

const sumColumns = [
  ...['team_id', 'events', 'wins', 'points', 'points_per_event', 'best_points', 'rating', 'totals', 'first_date', 'last_date'],
]

/** Those columns of sums. */
const sumValues = (sport: StatsSport) =>
  list([
    'case when first_team = last_team then first_team end as team_id, events, wins',
    `${hundredths('points')} as points, ${perEvent('points')} as points_per_event, ${hundredths('best')} as best_points`,
    `${perEvent('rating')} as rating`,
    `jsonb_build_object(${list(summed(sport).flatMap(({ name }) => [`'${name}'`, columnOf(name)]))}) as totals, first_date, last_date`,
  ])

const halfAndFullSeason: StatsFunction = {
  name: 'update_half_and_full_season_stats',
  reach: 'player-season',
  results: [
    { table: 'season_stats', tag: 'season_stats', key: ['season', 'stage', 'player_id'], values: sumColumns },
    { table: 'half_season_stats', tag: 'half_season_stats', key: ['season', 'half', 'player_id'], values: sumColumns },
  ],
  statement: ({ sums }, sport) => ({
    prelude: [
      `halves as materialized (
        select season, stage, half, player_id, ${sumsOf(sport)} from ${sums} s group by 1, 2, 3, 4)`,
    ],
    rows: [
      `select season, stage, player_id, ${sumValues(sport)}
        from (select season, stage, player_id, ${sumsOfSums(sport)} from halves group by 1, 2, 3) s`,
      `select season, half, player_id, ${sumValues(sport)} from halves where half > 0`,
    ],
  }),
}

const allTime: StatsFunction = {
  name: 'update_aggregated_all_time_stats',
  reach: 'player',
  results: [{ table: 'all_time_stats', tag: 'all_time_stats', key: ['stage', 'player_id'], values: ['seasons', ...sumColumns] }],
  statement: ({ sums }, sport) => ({
    prelude: [`seasons as (select season, stage, player_id, ${sumsOf(sport)} from ${sums} s group by 1, 2, 3)`],
    rows: [
      `select stage, player_id, seasons, ${sumValues(sport)}
        from (select stage, player_id, count(*)::int as seasons, ${sumsOfSums(sport)} from seasons group by 1, 2) s`,
    ],
  }),
}

/**
 * Of which there are the best of all time, each with its places. Values are compared as they are shown: whoever has the same is level. Each
 * is ranked by itself, which takes half the time of ranking all of them together.
 */
function fameCategories(sport: StatsSport, isWanted: (category: string) => boolean): string[] {
  const { career } = sport.performances.minimum
  const ranked = (rows: string) => `(select *, rank() over (order by value desc)::int as rank from (${rows}) r where value > 0)`
  const of = (category: string, value: string, condition = 'true') => {
    const rows = `select player_id, events, ${value} as value from careers where ${condition}`
    const select = `select '${category}' as category, player_id, rank, value, events, null as season from ${ranked(rows)} c where rank <= ${places}`
    return { category, select }
  }
  // The first of the seasons in which it was so.
  const best = (category: string, sum: string) => ({
    category,
    select: `
      (select distinct on (c.player_id) '${category}' as category, c.player_id, c.rank, ${hundredths('c.value')} as value, s.events, s.season
      from ${ranked(`select player_id, max(${sum}) as value from seasons group by 1`)} c
      join seasons s on s.player_id = c.player_id and s.${sum} = c.value
      where c.rank <= ${places} order by c.player_id, s.season)`,
  })
  const all = [
    of('career_points', hundredths('points')),
    of('career_events', 'events::numeric'),
    ...summed(sport).map(({ name }) => of(`career_${name}`, `${columnOf(name)}::numeric`)),
    of('points_per_event', perEvent('points'), `events >= ${career}`),
    of('rating_per_event', perEvent('rating'), `events >= ${career}`),
    best('season_points', 'points'),
    best('event_points', 'best'),
  ]
  return all.flatMap(({ category, select }) => (isWanted(category) ? select : []))
}

const hallOfFame: StatsFunction = {
  name: 'update_aggregated_hall_of_fame',
  reach: 'ranking',
  results: [
    {
      ...{ table: 'hall_of_fame', tag: 'hall_of_fame', key: ['category', 'player_id'] },
      values: ['rank', 'value', 'events', 'season'],
    },
  ],
  statement: ({ sums, categories }, sport) => {
    const isWanted = (category: string) => categories?.includes(category) ?? true
    const measures = summed(sport).filter(({ name }) => isWanted(`career_${name}`))
    return {
      prelude: [
        `careers as materialized (
          select player_id, ${list([
            ...['sum(events)::int as events', 'sum(points)::bigint as points', 'sum(rating)::bigint as rating'],
            ...measures.map(({ name }) => `sum(${columnOf(name)})::bigint as ${columnOf(name)}`),
          ])} from ${sums} s where stage = 'regular' group by 1)`,
        `seasons as materialized (
          select season, player_id, sum(events)::int as events, sum(points)::bigint as points, max(best) as best
          from ${sums} s where stage = 'regular' group by 1, 2)`,
      ],
      rows: [fameCategories(sport, isWanted).join(' union all ')],
    }
  },
}

const recentPerformance: StatsFunction = {
  name: 'update_aggregated_recent_performance',
  reach: 'player',
  results: [
    {
      ...{ table: 'recent_performance', tag: 'recent_performance', key: ['player_id'] },
      values: ['events', 'points_per_event', 'rating', 'trend', 'form', 'last_date'],
    },
  ],
  statement: ({ lines }) => ({
    prelude: [
      `numbered as (
        select player_id, event_id, event_date, points, rating,
          row_number() over (partition by player_id order by event_date desc, event_id collate "C" desc) as place
        from ${lines} l)`,
    ],
    rows: [
      `select player_id, count(*) filter (where place <= ${recent})::int as events,
          round(avg(points) filter (where place <= ${recent}) / 100, 2) as points_per_event,
          round(avg(rating) filter (where place <= ${recent}) / 100, 2) as rating,
          round((avg(points) filter (where place <= ${recent}) - avg(points) filter (where place > ${recent})) / 100, 2) as trend,
          jsonb_agg(jsonb_build_object('event', event_id, 'date', event_date, 'points', ${hundredths('points')},
            'rating', ${hundredths('rating')}) order by place) filter (where place <= ${recent}) as form,
          max(event_date) as last_date
        from numbered where place <= ${2 * recent} group by 1`,
    ],
  }),
}

/** What a record or a best is about. */
const measuresOf = (sport: StatsSport) => ['points', 'rating', ...sport.performances.measures.map(({ name }) => name)]

/** In units: points and ratings are hundredths. */
const shown = (name: string, value = columnOf(name)) => (columnOf(name) === name ? hundredths(value) : `${value}::numeric`)

/** Lines `l` with the greatest value of a measure that there is for the same of `tops`, once for each measure `m`. */
const topLines = (names: readonly string[], same: string) => `
  lines l join tops t on ${same}
  cross join lateral (values ${list(names.map(name => `('${name}', l.${columnOf(name)} = t.top_${name}, l.${columnOf(name)}::bigint)`))})
    m(measure, is_top, value)
  where (${names.map(name => `l.${columnOf(name)} = t.top_${name}`).join(' or ')}) and m.is_top and m.value > 0`

/** The value of such a line as it is shown. */
const shownTop = (measure: string, value: string) =>
  `case when ${measure} in ('points', 'rating') then ${hundredths(value)} else ${value}::numeric end`

const maxima = (names: readonly string[]) => list(names.map(name => `max(${columnOf(name)}) as top_${name}`))

const honoursAndRecords: StatsFunction = {
  name: 'update_aggregated_season_honours_and_records',
  reach: 'season',
  results: [
    {
      ...{ table: 'honour_roll', tag: 'honour_roll', key: ['season', 'honour', 'player_id', 'event_id'] },
      values: ['value', 'events'],
    },
  ],
  statement: ({ lines, sums, kept }, sport) => {
    const { events: fewest, share } = sport.performances.minimum
    const measures = measuresOf(sport)
    const most = ['points', ...summed(sport).map(({ name }) => name)]
    return {
      prelude: [
        `lines as ${kept} (select * from ${lines} l where stage = 'regular')`,
        `players as (
          select *, events >= greatest(${fewest}, ceil(${share} * max(events) over (partition by season))) as is_regular
          from (select season, player_id, ${sumsOf(sport)} from ${sums} s where stage = 'regular' group by 1, 2) p)`,
        `ranked as (
          select season, honour, player_id, value, events, rank() over (partition by season, honour order by value desc) as rank
          from players cross join lateral (values ${list([
            ...most.map(name => `('most_${name}', ${shown(name)}, true)`),
            `('points_per_event', ${perEvent('points')}, is_regular)`,
            `('rating_per_event', ${perEvent('rating')}, is_regular)`,
          ])}) h(honour, value, counts)
          where counts and value > 0)`,
        `tops as (select season, ${maxima(measures)} from lines group by 1)`,
      ],
      rows: [
        `select season, honour, player_id, '' as event_id, value, events from ranked where rank = 1
          union all
          select l.season, 'record_' || measure, l.player_id, l.event_id, ${shownTop('m.measure', 'm.value')}, 1
          from ${topLines(measures, 't.season = l.season')}`,
      ],
    }
  },
}

const matchReport: StatsFunction = {
  name: 'update_aggregated_match_report_cache',
  reach: 'season',
  readsEvents: true,
  results: [
    {
      ...{ table: 'match_report', tag: 'match_report', key: ['event_id'] },
      values: ['season', 'stage', 'event_date', 'performers', 'points', 'facts', 'best'],
    },
  ],
  statement: ({ lines }, sport) => {
    const { from, id, facts } = sport.performances.report
    return {
      prelude: [
        `ranked as (
          select *, rank() over (partition by event_id order by rating desc, points desc)::int as rank
          from ${lines} l)`,
        `events as (
          select event_id, season, stage, event_date, count(*)::int as performers, sum(points) as points,
            jsonb_agg(jsonb_build_object('rank', rank, 'player', player_id, 'team', team_id, 'points', ${hundredths('points')},
              'rating', ${hundredths('rating')}) order by rank, player_id collate "C") filter (where rank <= 3) as best
          from ranked group by 1, 2, 3, 4)`,
      ],
      rows: [
        `select event_id, season, stage, event_date, performers, ${hundredths('points')} as points, f.facts, best
          from events join (select ${id} as id, ${facts} as facts from ${from}) f on f.id = event_id`,
      ],
    }
  },
}

const personalBests: StatsFunction = {
  name: 'update_aggregated_personal_bests',
  reach: 'player',
  results: [
    {
      ...{ table: 'personal_bests', tag: 'personal_bests', key: ['player_id', 'measure'] },
      values: ['value', 'event_id', 'event_date', 'times'],
    },
  ],
  statement: ({ lines, kept }, sport) => {
    const measures = measuresOf(sport)
    return {
      prelude: [
        `lines as ${kept} (select * from ${lines} l)`,
        `tops as (select player_id, ${maxima(measures)} from lines group by 1)`,
        `best as (
          select l.player_id, m.measure, m.value, count(*)::int as times,
            min(to_char(l.event_date, 'YYYYMMDD') || l.event_id collate "C") as first
          from ${topLines(measures, 't.player_id = l.player_id')} group by 1, 2, 3)`,
      ],
      rows: [
        `select player_id, measure, ${shownTop('measure', 'value')} as value, substr(first, 9) as event_id, to_date(left(first, 8), 'YYYYMMDD') as event_date, times
          from best`,
      ],
    }
  },
}

const playerProfile: StatsFunction = {
  name: 'update_aggregated_player_profile_stats',
  reach: 'player',
  results: [
    {
      ...{ table: 'player_profile_stats', tag: 'player_profile_stats', key: ['player_id'] },
      values: [
        ...['seasons', 'events', 'wins', 'points', 'points_per_event', 'rating', 'first_date', 'last_date', 'best_season'],
        ...['best_season_points', 'team_id', 'teams'],
      ],
    },
  ],
  statement: ({ sums }) => ({
    prelude: [
      `seasons as (
        select player_id, season, sum(events)::int as events, sum(wins)::int as wins, sum(points)::bigint as points, sum(rating)::bigint as rating,
          min(first_date) as first_date, max(last_date) as last_date
        from ${sums} s group by 1, 2)`,
      `clubs as (
        select player_id, nullif(team_id, '') as team_id, sum(events)::int as events, min(first_date) as first_date,
          max(last_date) as last_date
        from ${sums} s group by 1, 2)`,
      `careers as (
        select player_id, count(*)::int as seasons, sum(events)::int as events, sum(wins)::int as wins, sum(points) as points,
          sum(rating) as rating, min(first_date) as first_date, max(last_date) as last_date,
          (array_agg(season order by points desc, season))[1] as best_season, max(points) as best_season_points
        from seasons group by 1)`,
      `stays as (
        select player_id, (array_agg(team_id order by last_date desc, first_date desc, team_id))[1] as team_id,
          jsonb_agg(jsonb_build_object('team', team_id, 'events', events, 'first', first_date, 'last', last_date)
            order by first_date, team_id) as teams
        from clubs group by 1)`,
    ],
    rows: [
      `select c.player_id, seasons, events, wins, ${hundredths('points')} as points, ${perEvent('points')} as points_per_event,
          ${perEvent('rating')} as rating, first_date, last_date, best_season,
          ${hundredths('best_season_points')} as best_season_points, s.team_id, s.teams
        from careers c join stays s on s.player_id = c.player_id`,
    ],
  }),
}

const seasonRace: StatsFunction = {
  name: 'update_aggregated_season_race_data',
  reach: 'season',
  results: [
    {
      ...{ table: 'season_race_data', tag: 'season_race_data', key: ['season', 'player_id', 'week'] },
      values: ['week_ends', 'points', 'rank'],
    },
  ],
  statement: ({ lines }) => ({
    prelude: [
      // Weeks end on Mondays, as those of the NFL do.
      `weeks as materialized (
        select season, player_id, (date_trunc('week', (event_date - 1)::timestamp) + interval '7 days')::date as week_ends, sum(points) as points
        from ${lines} l where stage = 'regular' group by 1, 2, 3)`,
      `leaders as materialized (
        select season, player_id from (
          select season, player_id, sum(points) as points, rank() over (partition by season order by sum(points) desc) as rank
          from weeks group by 1, 2) p
        where rank <= ${places} and points > 0)`,
      `calendar as (
        select season, week_ends, row_number() over (partition by season order by week_ends)::int as week
        from (select distinct season, week_ends from weeks) w)`,
      'theirs as materialized (select w.* from weeks w join leaders l on l.season = w.season and l.player_id = w.player_id)',
      `race as (
        select l.season, l.player_id, c.week, c.week_ends,
          sum(coalesce(w.points, 0)) over (partition by l.season, l.player_id order by c.week) as points
        from leaders l join calendar c on c.season = l.season
        left join theirs w on w.season = l.season and w.player_id = l.player_id and w.week_ends = c.week_ends)`,
    ],
    rows: [
      `select season, player_id, week, week_ends, ${hundredths('points')} as points,
          rank() over (partition by season, week order by points desc)::int as rank
        from race`,
    ],
  }),
}

const powerRatings: StatsFunction = {
  name: 'update_power_ratings',
  reach: 'player',
  results: [
    {
      ...{ table: 'player_power_rating', tag: 'player_power_rating', key: ['player_id'] },
      values: ['rating', 'events', 'weight', 'last_date'],
    },
  ],
  statement: ({ lines, kept }, sport) => {
    const { halfLifeDays, average } = sport.performances.power
    return {
      prelude: [
        `lines as ${kept} (select player_id, event_date, rating from ${lines} l)`,
        'ends as (select player_id, max(event_date) as last_date from lines group by 1)',
        `weighed as (
          select player_id, last_date, rating,
            round(${unit} * power(0.5::float8, (last_date - event_date)::float8 / ${halfLifeDays}))::bigint as weight
          from lines join ends using (player_id))`,
        `ratings as (
          select player_id, last_date, count(*)::int as events, sum(weight) as weight, sum(weight * rating) as rating
          from weighed group by 1, 2)`,
      ],
      rows: [
        `select player_id, round((rating + ${priorEvents * unit * average}) / (weight + ${priorEvents * unit}) / 100, 2) as rating, events,
          round(weight / ${unit}, 2) as weight, last_date from ratings`,
      ],
    }
  },
}

/** In the order in which they are shown. */
export const statsFunctions: readonly StatsFunction[] = [
  halfAndFullSeason,
  allTime,
  hallOfFame,
  recentPerformance,
  honoursAndRecords,
  matchReport,
  personalBests,
  playerProfile,
  seasonRace,
  powerRatings,
]

/** Places of a ranking, for who checks that it is still complete. */
export const rankingPlaces = places
