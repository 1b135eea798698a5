/** The results of the stats functions by the definitions in docs/stats.md, in another way: from plain lines, with rational arithmetic. */

export interface PlainLine {
  season: string
  stage: 'regular' | 'playoffs'
  half: number | null
  event: string
  date: string
  player: string
  team: string
  won: boolean
  /** In hundredths. */
  points: number
  rating: number
  measures: Record<string, number>
}

export interface Definitions {
  sport: string
  /** Measures that are summed; others are bests only. */
  summed: readonly string[]
  minimum: { events: number; share: number; career: number }
  power: { halfLifeDays: number; average: number }
}

type Row = Record<string, unknown>

/** A quotient with two decimals, of whole numbers; halves away from zero. */
function ratio(numerator: number | bigint, denominator: number | bigint): number {
  const [n, d] = [BigInt(numerator) * 100n, BigInt(denominator)]
  const magnitude = ((n < 0n ? -n : n) * 2n + d) / (2n * d)
  return Number(n < 0n ? -magnitude : magnitude) / 100
}

const total = (lines: readonly PlainLine[], of: (line: PlainLine) => number) => lines.reduce((sum, line) => sum + of(line), 0)
const perEvent = (sum: number, events: number) => ratio(sum, events * 100)
const best = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function groups(lines: readonly PlainLine[], keyOf: (line: PlainLine) => unknown[]): { key: unknown[]; lines: PlainLine[] }[] {
  const found = Map.groupBy(lines, line => JSON.stringify(keyOf(line)))
  return [...found].map(([key, some]) => ({ key: JSON.parse(key) as unknown[], lines: some }))
}

function sums(lines: readonly PlainLine[], { summed }: Definitions): Row {
  const teams = new Set(lines.map(({ team }) => team))
  const dates = lines.map(({ date }) => date).sort()
  const points = total(lines, line => line.points)
  return {
    team_id: teams.size === 1 ? [...teams][0] : null,
    events: lines.length,
    wins: lines.filter(({ won }) => won).length,
    points: ratio(points, 100),
    points_per_event: perEvent(points, lines.length),
    best_points: ratio(best(lines.map(line => line.points)), 100),
    rating: perEvent(
      total(lines, line => line.rating),
      lines.length,
    ),
    totals: Object.fromEntries(summed.map(name => [name, total(lines, line => line.measures[name] as number)])),
    first_date: dates[0],
    last_date: dates.at(-1),
  }
}

/** Those who have one of the first places, with their rank; level where their values are. */
function ranked<T extends { value: number }>(all: readonly T[], places: number): (T & { rank: number })[] {
  const some = all.filter(({ value }) => value > 0)
  return some
    .map(one => ({ ...one, rank: 1 + some.filter(({ value }) => value > one.value).length }))
    .filter(({ rank }) => rank <= places)
}

const day = (date: string) => Date.parse(date) / 86_400_000

/** The Monday on which the week of a day ends. */
function weekEnd(date: string): string {
  const at = new Date(date)
  at.setUTCDate(at.getUTCDate() + ((8 - at.getUTCDay()) % 7))
  return at.toISOString().slice(0, 10)
}

const chronological = (a: PlainLine, b: PlainLine) => byText(a.date, b.date) || byText(a.event, b.event)

const measured = (line: PlainLine, measure: string) =>
  measure === 'points' ? line.points / 100 : measure === 'rating' ? line.rating / 100 : (line.measures[measure] as number)

export function computeStats(
  lines: readonly PlainLine[],
  definitions: Definitions,
  factsOf: (event: string) => Row,
): Record<string, Row[]> {
  const { summed, minimum, power } = definitions
  const regular = lines.filter(({ stage }) => stage === 'regular')
  const measures = ['points', 'rating', ...Object.keys(lines[0]?.measures ?? {})]
  const result: Record<string, Row[]> = {}
  result['season_stats'] = groups(lines, ({ season, stage, player }) => [season, stage, player]).map(
    ({ key: [season, stage, player], lines: own }) => ({ season, stage, player_id: player, ...sums(own, definitions) }),
  )
  result['half_season_stats'] = groups(regular, ({ season, half, player }) => [season, half, player]).map(
    ({ key: [season, half, player], lines: own }) => ({ season, half, player_id: player, ...sums(own, definitions) }),
  )
  result['all_time_stats'] = groups(lines, ({ stage, player }) => [stage, player]).map(
    ({ key: [stage, player], lines: own }) => ({
      ...{ stage, player_id: player, seasons: new Set(own.map(({ season }) => season)).size },
      ...sums(own, definitions),
    }),
  )

  const careers = groups(regular, ({ player }) => [player]).map(({ key: [player], lines: own }) => {
    const seasons = groups(own, ({ season }) => [season])
      .map(({ key: [season], lines: some }) => ({
        season: season as string,
        events: some.length,
        points: total(some, line => line.points),
        best: best(some.map(line => line.points)),
      }))
      .sort((a, b) => byText(a.season, b.season))
    return { player, own, sums: sums(own, definitions), seasons }
  })
  const whole = (value: (one: (typeof careers)[number]) => number, fewest = 0) =>
    careers
      .filter(({ own }) => own.length >= fewest)
      .map(one => ({
        ...{ player_id: one.player, value: value(one), events: one.own.length, season: null as string | null },
      }))
  const ofSeason = (by: 'points' | 'best') =>
    careers.map(({ player, seasons }) => {
      const most = best(seasons.map(one => one[by]))
      const first = seasons.find(one => one[by] === most) as (typeof seasons)[number]
      return { player_id: player, value: ratio(most, 100), events: first.events, season: first.season }
    })
  const categories = {
    career_points: whole(one => one.sums['points'] as number),
    career_events: whole(({ own }) => own.length),
    ...Object.fromEntries(
      summed.map(name => [`career_${name}`, whole(one => (one.sums['totals'] as Record<string, number>)[name] as number)]),
    ),
    points_per_event: whole(one => one.sums['points_per_event'] as number, minimum.career),
    rating_per_event: whole(one => one.sums['rating'] as number, minimum.career),
    season_points: ofSeason('points'),
    event_points: ofSeason('best'),
  }
  result['hall_of_fame'] = Object.entries(categories).flatMap(([category, all]) =>
    ranked(all, 10).map(one => ({ category, ...one })),
  )

  const players = groups(lines, ({ player }) => [player]).map(({ key: [player], lines: own }) => ({
    player,
    own: own.toSorted(chronological),
  }))
  result['recent_performance'] = players.map(({ player, own }) => {
    const newest = own.toReversed()
    const [last, before] = [newest.slice(0, 5), newest.slice(5, 10)]
    const [sum, former] = [last, before].map(some => total(some, line => line.points)) as [number, number]
    return {
      player_id: player,
      events: last.length,
      points_per_event: perEvent(sum, last.length),
      rating: perEvent(
        total(last, line => line.rating),
        last.length,
      ),
      trend: before.length === 0 ? null : ratio(sum * before.length - former * last.length, last.length * before.length * 100),
      form: last.map(({ event, date, points, rating }) => ({ event, date, points: points / 100, rating: rating / 100 })),
      last_date: last[0]?.date,
    }
  })
  result['honour_roll'] = groups(regular, ({ season }) => [season]).flatMap(({ key: [season], lines: own }) => {
    const all = groups(own, ({ player }) => [player]).map(({ key: [player], lines: some }) => ({
      player_id: player,
      sums: sums(some, definitions),
      events: some.length,
    }))
    const fewest = Math.max(minimum.events, Math.ceil(minimum.share * best(all.map(({ events }) => events)) - 1e-9))
    const by = (honour: string, value: (row: Row) => number, enough = 0) =>
      ranked(
        all.filter(({ events }) => events >= enough).map(one => ({ ...one, value: value(one.sums) })),
        1,
      ).map(one => ({ season, honour, player_id: one.player_id, event_id: '', value: one.value, events: one.events }))
    const records = measures.flatMap(measure => {
      const most = best(own.map(line => measured(line, measure)))
      return own
        .filter(line => most > 0 && measured(line, measure) === most)
        .map(({ player, event }) => ({
          season,
          honour: `record_${measure}`,
          player_id: player,
          event_id: event,
          value: most,
          events: 1,
        }))
    })
    return [
      ...by('most_points', row => row['points'] as number),
      ...summed.flatMap(name => by(`most_${name}`, row => (row['totals'] as Record<string, number>)[name] as number)),
      ...by('points_per_event', row => row['points_per_event'] as number, fewest),
      ...by('rating_per_event', row => row['rating'] as number, fewest),
      ...records,
    ]
  })
  result['match_report'] = groups(lines, ({ event }) => [event]).map(({ key: [event], lines: own }) => {
    const { season, stage, date } = own[0] as PlainLine
    const rankOf = (one: PlainLine) =>
      1 + own.filter(other => other.rating > one.rating || (other.rating === one.rating && other.points > one.points)).length
    return {
      ...{ event_id: event, season, stage, event_date: date, performers: own.length },
      points: ratio(
        total(own, line => line.points),
        100,
      ),
      facts: factsOf(event as string),
      best: own
        .map(one => ({ one, rank: rankOf(one) }))
        .filter(({ rank }) => rank <= 3)
        .sort((a, b) => a.rank - b.rank || byText(a.one.player, b.one.player))
        .map(({ one: { player, team, points, rating }, rank }) => ({
          ...{ rank, player, team, points: points / 100, rating: rating / 100 },
        })),
    }
  })
  result['personal_bests'] = players.flatMap(({ player, own }) =>
    measures.flatMap(measure => {
      const value = best(own.map(line => measured(line, measure)))
      const reached = own.filter(line => measured(line, measure) === value)
      const [first] = reached as [PlainLine]
      return value > 0
        ? [{ player_id: player, measure, value, event_id: first.event, event_date: first.date, times: reached.length }]
        : []
    }),
  )
  result['player_profile_stats'] = players.map(({ player, own }) => {
    const { points, points_per_event, rating, wins, events, first_date, last_date } = sums(own, definitions)
    const seasons = groups(own, ({ season }) => [season])
      .map(({ key: [season], lines: some }) => ({ season: season as string, points: total(some, line => line.points) }))
      .sort((a, b) => b.points - a.points || byText(a.season, b.season))
    const clubs = groups(own, ({ team }) => [team]).map(({ key: [team], lines: some }) => {
      const dates = some.map(({ date }) => date).sort()
      return { team: team as string, events: some.length, first: dates[0] as string, last: dates.at(-1) as string }
    })
    return {
      ...{ player_id: player, seasons: seasons.length, events, wins, points, points_per_event, rating, first_date, last_date },
      ...{ best_season: seasons[0]?.season, best_season_points: ratio(seasons[0]?.points ?? 0, 100) },
      team_id: clubs.toSorted((a, b) => byText(b.last, a.last) || byText(b.first, a.first) || byText(a.team, b.team))[0]?.team,
      teams: clubs.toSorted((a, b) => byText(a.first, b.first) || byText(a.team, b.team)),
    }
  })
  result['season_race_data'] = groups(regular, ({ season }) => [season]).flatMap(({ key: [season], lines: own }) => {
    const weeks = [...new Set(own.map(({ date }) => weekEnd(date)))].sort()
    const leaders = ranked(
      groups(own, ({ player }) => [player]).map(({ key: [player], lines: some }) => ({
        ...{ player, some, value: total(some, line => line.points) },
      })),
      10,
    )
    return weeks.flatMap((week, i) => {
      const standing = leaders.map(({ player, some }) => ({
        player,
        points: total(
          some.filter(({ date }) => date <= week),
          line => line.points,
        ),
      }))
      return standing.map(({ player, points }) => ({
        ...{ season, player_id: player, week: i + 1, week_ends: week, points: ratio(points, 100) },
        rank: 1 + standing.filter(other => other.points > points).length,
      }))
    })
  })
  result['player_power_rating'] = players.map(({ player, own }) => {
    const last = own.at(-1)?.date as string
    const weights = own.map(({ date }) => Math.round(2 ** 20 * 0.5 ** ((day(last) - day(date)) / power.halfLifeDays)))
    const weight = weights.reduce((sum, one) => sum + one, 0)
    const sum = own.reduce((all, { rating }, i) => all + BigInt(rating) * BigInt(weights[i] as number), 0n)
    const prior = 5 * 2 ** 20
    return {
      ...{ player_id: player, rating: ratio(sum + BigInt(prior * power.average), BigInt((weight + prior) * 100)) },
      ...{ events: own.length, weight: ratio(weight, 2 ** 20), last_date: last },
    }
  })
  return Object.fromEntries(
    Object.entries(result).map(([table, rows]) => [table, rows.map(row => ({ sport: definitions.sport, ...row }))]),
  )
}
