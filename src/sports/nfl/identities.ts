import { getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { PendingQuery, Row, TransactionSql } from 'postgres'
import type { Derivation, Derived } from '../../pipeline/dataset.ts'
import { addRows, noRows, type RowCounts } from '../../pipeline/receipt.ts'
import type { Finding } from '../../pipeline/rows.ts'
import { players as playersTable } from '../../pipeline/tables.ts'
import { nflverse } from '../../providers/nflverse.ts'
import { type MergeRow, merge } from '../../store/merge.ts'
import { nflPlayerIds } from './tables.ts'

const batchSize = 8_000

/**
 * One row in `players` for each player, by the league's id, and in `nfl_player_ids` the player that each id of ESPN and Pro Football
 * Reference belongs to, according to rosters and players.csv. A player whom only Pro Football Reference has is stored by that id. An id
 * that the files give to several players is assigned to none of them, and reported.
 */
export const identities: Derivation = {
  name: 'identities',
  version: 1,
  from: ['players', 'rosters', 'weekly-rosters', 'snap-counts', 'player-stats'],
  derive: async (tx, { at }) => {
    await gather(tx)
    const tables: Derived['tables'] = {}
    const note = (table: string, rows: RowCounts) => {
      tables[table] = addRows(tables[table] ?? noRows(), rows)
    }
    // Page by page: with a cursor, the connection could not run the merges in between.
    const mergeAll = async (table: PgTable, read: (last: MergeRow | undefined) => PendingQuery<MergeRow[]>) => {
      for (let rows = await read(undefined); rows.length > 0; rows = await read(rows.at(-1)))
        note(getTableName(table), await merge(tx, table, rows, { at }))
    }
    await mergeAll(
      nflPlayerIds,
      last => tx<MergeRow[]>`
        select ${nflverse.id}::text as provider, system || ':' || id as "providerId", system, id, player_id, disputed from found_ids
        where (system, id) > (${(last?.['system'] as string) ?? ''}, ${(last?.['id'] as string) ?? ''})
        order by system, id limit ${batchSize}`,
    )
    await mergeAll(
      playersTable,
      last => tx<MergeRow[]>`
        select 'nfl' as sport, ${nflverse.id}::text as provider, player_id as "providerId", name, first_name as "firstName",
          last_name as "familyName"
        from found_players where player_id > ${(last?.['providerId'] as string) ?? ''} order by player_id limit ${batchSize}`,
    )
    const gone = await tx`
      delete from nfl_player_ids i where not exists (select from found_ids f where f.system = i.system and f.id = i.id)`
    note('nfl_player_ids', { ...noRows(), deleted: gone.count })
    const left = await tx`
      delete from players p where sport = 'nfl' and not exists (select from found_players f where f.player_id = p.provider_id)`
    note('players', { ...noRows(), deleted: left.count })
    return { tables, findings: await listConflicts(tx) }
  },
}

/** Collects people from all files into temporary tables: `found_ids` and `found_players`. */
async function gather(tx: TransactionSql): Promise<void> {
  const temporary = (name: string, query: PendingQuery<Row[]>) =>
    tx`create temporary table ${tx(name)} on commit drop as ${query}`
  await temporary(
    'said',
    tx`
      select gsis_id, esb_id, espn_id, pfr_id, full_name as name, first_name, last_name, season * 100 + coalesce(week, 0) as newness
      from nfl_rosters
      union all
      (select distinct on (gsis_id, esb_id, espn_id, pfr_id) gsis_id, esb_id, espn_id, pfr_id, full_name, first_name, last_name, season * 100 + week
      from nfl_weekly_rosters order by gsis_id, esb_id, espn_id, pfr_id, season * 100 + week desc)
      union all
      select gsis_id, esb_id, espn_id, pfr_id, display_name, first_name, last_name, 0 from nfl_players`,
  )
  // A player without a league id may have one in a later file: matched by the id of the Elias Sports Bureau.
  await temporary(
    'numbered',
    tx`
      select esb_id, min(gsis_id) as gsis_id from said where gsis_id like '00-%' and esb_id is not null
      group by esb_id having count(distinct gsis_id) = 1`,
  )
  await tx`
    update said s set gsis_id = n.gsis_id from numbered n where s.gsis_id = 'esb:' || n.esb_id`
  await temporary(
    'found_ids',
    tx`
      with claims as (
        select 'gsis' as system, gsis_id as id, gsis_id from said where gsis_id like '00-%'
        union select 'esb', esb_id, gsis_id from said
        union select 'espn', espn_id, gsis_id from said
        union select 'pfr', pfr_id, gsis_id from said
      ), known as (
        select system, id, min(gsis_id) as player_id, case when count(*) > 1 then string_agg(gsis_id, ' ' order by gsis_id) end as disputed
        from claims where id is not null group by system, id
      )
      select system, id, case when disputed is null then player_id end as player_id, disputed from known
      union all
      select distinct 'pfr', pfr_player_id, 'pfr:' || pfr_player_id, null from nfl_snap_counts s
      where not exists (select from known k where k.system = 'pfr' and k.id = s.pfr_player_id)`,
  )
  await temporary(
    'found_players',
    tx`
      select distinct on (player_id) player_id, name, first_name, last_name from (
        select gsis_id as player_id, name, first_name, last_name, newness from said
        union all
        (select player_id, max(coalesce(player_display_name, player_name)), null, null, -1000000 from nfl_player_game_stats
        where player_id like '00-%' group by player_id)
        union all
        (select 'pfr:' || pfr_player_id, max(player), null, null, -1000000 from nfl_snap_counts s
        where exists (select from found_ids f where f.system = 'pfr' and f.id = s.pfr_player_id and f.player_id like 'pfr:%')
        group by pfr_player_id)
      ) s where name is not null order by player_id, newness desc, name`,
  )
  await tx`create index on found_ids (system, id)`
  await tx`create index on found_players (player_id)`
}

/** Ids that the files give to several players, and players with several ids of one kind. */
async function listConflicts(tx: TransactionSql): Promise<Finding[]> {
  const disputed = await tx<{ system: string; id: string; players: string }[]>`
    select system, id, disputed as players from found_ids where disputed is not null order by system, id`
  const several = await tx<{ system: string; player: string; ids: string }[]>`
    select system, player_id as player, string_agg(id, ' ' order by id) as ids from found_ids
    where player_id is not null and system <> 'gsis' group by system, player_id having count(*) > 1 order by 1, 2`
  return [
    ...disputed.map(({ system, id, players }) => ({
      item: `${system}:${id}`,
      check: 'disputed-id',
      message: `The ${system} id ${id} belongs to several players in the files, and is assigned to none: ${players}.`,
    })),
    ...several.map(({ system, player, ids }) => ({
      item: player,
      check: 'several-ids',
      message: `Player ${player} has several ${system} ids in the files: ${ids}.`,
    })),
  ]
}
