import type { ISql } from 'postgres'
import type { EventTable } from './event-table.ts'
import type { NewestEvents, TableRows, TeamRow } from './rows.ts'
import { placeOf } from './stale-rows.ts'
import { games, teams } from './tables.ts'

/** The table `games` as the event table of a sport whose events are games between two clubs. */
export const gamesOf = (ids: NonNullable<EventTable['ids']>): EventTable => ({
  noun: 'games',
  table: games,
  columns: { day: 'gameDate', startsAt: 'startsAt', lastCheckedAt: 'lastCheckedAt' },
  statuses: { ahead: ['scheduled'], on: ['live'], over: ['final'], off: ['cancelled'], moved: ['postponed'] },
  label: sql => sql`concat(${clubName(sql, 'away_team_id')}, '-', ${clubName(sql, 'home_team_id')})`,
  ids,
})

const clubName = (sql: ISql, column: string) => sql`
  coalesce((select t.abbreviation from teams t where t.sport = e.sport and t.provider_id = e.${sql(column)}), e.${sql(column)}, '?')`

/** Clubs, as the rows a game refers to. Their names change, so of several games the newest decides. */
export const clubsOf = (sport: string, rows: readonly TeamRow[]): TableRows => ({
  table: teams,
  rows,
  newestOf: newestGames(sport),
})

const newestGames =
  (sport: string): NewestEvents =>
  async (tx, ids, { from, to }) => {
    const place = placeOf(tx, { day: 'game_date', startsAt: 'starts_at', id: 'provider_id' }, to)
    const found = await tx<{ id: string; place: string }[]>`
      select club.id, max(${place}) as place from ${tx('games')} e cross join lateral (values (e.home_team_id), (e.away_team_id)) as club(id)
      where e.sport = ${sport} and e.game_date >= ${from} and club.id in ${tx(['', ...new Set(ids)])} group by 1`
    return new Map(found.map(one => [one.id, one.place]))
  }
