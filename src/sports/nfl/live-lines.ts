import type { ISql, TransactionSql } from 'postgres'
import type { Day } from '../../core/days.ts'
import { BugError } from '../../core/errors.ts'
import type { RequestDataset } from '../../pipeline/dataset.ts'
import type { Finding, GameRow } from '../../pipeline/rows.ts'
import { espn, nflSummaryPath } from '../../providers/espn.ts'
import type { MergeRow } from '../../store/merge.ts'
import { readSummary } from './summary.ts'
import { nflLiveInjuries, nflLiveLines } from './tables.ts'

/**
 * Players' lines and injuries of a game while it is played, from ESPN's summary of the event. Nothing depends on them: the scoreboard
 * says what state a game is in, and nflverse's files have the lines for good.
 */
export const liveLines: RequestDataset = {
  name: 'live-lines',
  read: 'requests',
  provider: espn.id,
  cadence: ['often'],
  units: 'event',
  lookbackDays: 0,
  standing: 'provisional',
  coverage: [],
  mayBeMissing: () => true,
  listUnfinished,
  listProvisionalOnly,
  requests: (_, { event: game, liveId }) =>
    game?.status === 'live' || game?.status === 'final' ? [{ path: nflSummaryPath(known(liveId)), liveId: known(liveId) }] : [],
  transform: (payload, { liveId }, event) => {
    const game = event as GameRow
    const { lines, injuries, findings } = readSummary(payload, { eventId: known(liveId), game })
    const group = { group: 'game_id' }
    return {
      tables: [
        { table: nflLiveLines, rows: lines, ...group, resolve: resolveLines },
        ...(injuries
          ? [{ table: nflLiveInjuries, rows: injuries, ...group, groups: [game.providerId], resolve: resolvePlayers }]
          : []),
      ],
      findings,
    }
  },
}

function known(eventId: string | undefined): string {
  if (eventId === undefined) throw new BugError('A summary is asked for by the number of an event, and there is none.')
  return eventId
}

/** The lines of the end are not replaced by an older summary from a cache. */
async function resolveLines(tx: TransactionSql, rows: readonly MergeRow[]): ReturnType<typeof resolvePlayers> {
  const unfinished = new Set(rows.flatMap(row => (row['is_final'] === true ? [] : [String(row['game_id'])])))
  const ended = await tx<{ id: string }[]>`
    select distinct game_id as id from nfl_live_lines where is_final and game_id in ${tx(['', ...unfinished])}`
  const kept = new Set(ended.map(({ id }) => id))
  return await resolvePlayers(
    tx,
    rows.filter(row => !kept.has(String(row['game_id']))),
  )
}

/** Adds the league's ids of players. */
async function resolvePlayers(tx: TransactionSql, rows: readonly MergeRow[]): Promise<{ rows: MergeRow[]; findings: Finding[] }> {
  const ids = rows.map(row => String(row['espn_athlete_id']))
  const found = await tx<{ id: string; player: string }[]>`
    select id, player_id as player from nfl_player_ids
    where system = 'espn' and player_id is not null and id in ${tx(['', ...ids])}`
  const players = new Map(found.map(({ id, player }) => [id, player]))
  const resolved = rows.map(row => ({ ...row, player_id: players.get(String(row['espn_athlete_id'])) ?? null }))
  return { rows: resolved, findings: resolved.filter(row => row.player_id === null).map(toUnknown) }
}

function toUnknown(row: MergeRow): Finding {
  const { espn_athlete_id: id, name, team_id: club, game_id: game } = row
  return {
    item: `espn:${id}`,
    check: 'unknown-athlete',
    message: `${name} (${club}) has ESPN's id ${id}, which nfl_player_ids gives to no player: player_id is empty in game ${game}.`,
  }
}

/** Games without final lines, neither ESPN's nor the league's. */
async function listUnfinished(sql: ISql, ids: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select g.provider_id as id from games g
    where g.sport = 'nfl' and g.provider_id in ${sql(['', ...ids])}
      and not exists (select from nfl_live_lines l where l.game_id = g.provider_id and l.is_final)
      and not exists (${leagueLines(sql, sql`g.provider_id`)})`
  return rows.map(({ id }) => id)
}

/** Games of a season that have ESPN's lines and no others. */
export async function listProvisionalOnly(sql: ISql, season: string): Promise<{ id: string; day: Day }[]> {
  return await sql<{ id: string; day: Day }[]>`
    select g.provider_id as id, g.game_date as day from games g
    where g.sport = 'nfl' and g.season = ${season}
      and exists (select from nfl_live_lines l where l.game_id = g.provider_id)
      and not exists (${leagueLines(sql, sql`g.provider_id`)})
    order by g.game_date, g.provider_id collate "C"`
}

/** The lines of a game in the league's files, which do not name it: they are of the week and the clubs. */
const leagueLines = (sql: ISql, gameId: ReturnType<ISql>) => sql`
  select from nfl_games n join nfl_player_game_stats s on s.season = n.season and s.week = n.week and s.team in (n.home_team_id, n.away_team_id)
  where n.game_id = ${gameId}`
