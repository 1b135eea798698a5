import { getTableName } from 'drizzle-orm'
import type { PendingQuery, Row, TransactionSql } from 'postgres'
import type { Derivation, Derived } from '../../pipeline/dataset.ts'
import { addRows, noRows, type RowCounts } from '../../pipeline/receipt.ts'
import type { Finding } from '../../pipeline/rows.ts'
import { players as playersTable } from '../../pipeline/tables.ts'
import { nflverse } from '../../providers/nflverse.ts'
import { mergeFrom } from '../../store/merge.ts'
import { nflPlayerIds } from './tables.ts'

/**
 * One row in `players` for each player, by the league's id, and in `nfl_player_ids` the player that each id of ESPN and Pro Football
 * Reference belongs to, according to rosters and players.csv. A player whom only Pro Football Reference has is stored by that id. An id
 * that the files give to several players is assigned to none of them, and reported; so is an id of the league that two people have, with
 * the other ids of both.
 */
export const identities: Derivation = {
  name: 'identities',
  version: 2,
  from: ['players', 'rosters', 'weekly-rosters', 'snap-counts', 'player-stats'],
  derive: async (tx, { at }) => {
    await gather(tx)
    const tables: Derived['tables'] = {}
    const note = (table: string, rows: RowCounts) => {
      tables[table] = addRows(tables[table] ?? noRows(), rows)
    }
    for (const [table, found] of [
      [nflPlayerIds, 'found_ids'],
      [playersTable, 'found_players'],
    ] as const)
      note(getTableName(table), { ...noRows(), ...(await mergeFrom(tx, table, found, { at })) })
    const gone = await tx`
      delete from nfl_player_ids i where not exists (select from found_ids f where f.system = i.system and f.id = i.id)`
    note('nfl_player_ids', { ...noRows(), deleted: gone.count })
    const left = await tx`
      delete from players p where sport = 'nfl' and not exists (select from found_players f where f.provider_id = p.provider_id)`
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
      select gsis_id, esb_id, espn_id, pfr_id, birth_date, full_name as name, first_name, last_name,
        season * 100 + coalesce(week, 0) as newness
      from nfl_rosters
      union all
      (select distinct on (gsis_id, esb_id, espn_id, pfr_id, birth_date) gsis_id, esb_id, espn_id, pfr_id, birth_date, full_name,
        first_name, last_name, season * 100 + week
      from nfl_weekly_rosters order by gsis_id, esb_id, espn_id, pfr_id, birth_date, season * 100 + week desc)
      union all
      select gsis_id, esb_id, espn_id, pfr_id, birth_date, display_name, first_name, last_name, 0 from nfl_players`,
  )
  // Of rows that contradict each other under one key, all but one are in its extra. They are older than any that is stored.
  for (const table of ['nfl_rosters', 'nfl_weekly_rosters', 'nfl_players'])
    await tx`
      insert into said
      select t.gsis_id, o->>'esb_id', o->>'espn_id', o->>'pfr_id', (o->>'birth_date')::date, coalesce(o->>'full_name', o->>'display_name'),
        o->>'first_name', o->>'last_name', -1
      from ${tx(table)} t, jsonb_array_elements(t.extra->'contradicted_by') o
      where t.extra ? 'contradicted_by'`
  // A player without a league id may have one in a later file: matched by the id of the Elias Sports Bureau.
  await temporary(
    'numbered',
    tx`
      select esb_id, min(gsis_id) as gsis_id from said where gsis_id like '00-%' and esb_id is not null
      group by esb_id having count(distinct gsis_id) = 1`,
  )
  await tx`
    update said s set gsis_id = n.gsis_id from numbered n where s.gsis_id = 'esb:' || n.esb_id`
  // Two people: no name, no id and no day of birth is the same. A name alone may be written otherwise, and so may an id or a day: in the
  // files of 2016 to 2025, 30 players have two names and one of those differs, and each of them shares an id with himself. Fifty are compared
  // of one id, each with each: of 3,000 that took half a minute.
  await temporary(
    'shared',
    tx`
      with several as materialized (
        select gsis_id from said where gsis_id like '00-%' group by gsis_id
        having min(esb_id) <> max(esb_id) or min(espn_id) <> max(espn_id) or min(pfr_id) <> max(pfr_id)
          or min(birth_date) <> max(birth_date)
      ), told as (
        select distinct gsis_id, esb_id, espn_id, pfr_id, birth_date, name from said join several using (gsis_id) where name is not null
      ), placed as (
        select *, row_number() over (partition by gsis_id order by name collate "C", esb_id, espn_id, pfr_id, birth_date) as place from told
      ), people as materialized (select * from placed where place <= 50),
      pairs as materialized (
        select a.gsis_id, a.name, b.name as other from people a join people b using (gsis_id)
        where (a.esb_id <> b.esb_id or a.espn_id <> b.espn_id or a.pfr_id <> b.pfr_id or a.birth_date <> b.birth_date)
          and coalesce(a.esb_id <> b.esb_id, true) and coalesce(a.espn_id <> b.espn_id, true) and coalesce(a.pfr_id <> b.pfr_id, true)
          and coalesce(a.birth_date <> b.birth_date, true)
      )
      select gsis_id, string_agg(distinct name collate "C", ', ' order by name collate "C") as names from pairs
      where lower(regexp_replace(name, '[^[:alpha:]]', '', 'g')) <> lower(regexp_replace(other, '[^[:alpha:]]', '', 'g'))
      group by gsis_id`,
  )
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
      select ${nflverse.id}::text as provider, system || ':' || id as provider_id, system, id,
        case when disputed is null and names is null then player_id end as player_id, coalesce(disputed, names) as disputed,
        disputed is not null or system = 'gsis' as is_told
      from known left join shared on gsis_id = player_id
      union all
      select distinct ${nflverse.id}::text, 'pfr:' || pfr_player_id, 'pfr', pfr_player_id, 'pfr:' || pfr_player_id, null, false
      from nfl_snap_counts s
      where not exists (select from known k where k.system = 'pfr' and k.id = s.pfr_player_id)`,
  )
  await temporary(
    'found_players',
    tx`
      select distinct on (player_id) 'nfl' as sport, ${nflverse.id}::text as provider, player_id as provider_id, name, first_name,
        last_name as family_name
      from (
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
}

/** Ids that the files give to several players, and players with several ids of one kind. */
async function listConflicts(tx: TransactionSql): Promise<Finding[]> {
  const disputed = await tx<{ system: string; id: string; players: string }[]>`
    select system, id, disputed as players from found_ids where disputed is not null and is_told order by system, id`
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
