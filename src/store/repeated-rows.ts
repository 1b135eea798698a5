import type { Helper, TransactionSql } from 'postgres'
import { sameKeys } from './write-staged.ts'

/** Which rows are the same, and which of them counts. */
export interface OneOfEach {
  keys: readonly string[]
  /** Of several rows with one key the one with the greatest value here counts. */
  newestBy?: string | undefined
}

/** A row by the table's columns; those that are null are left out. */
export type WholeRow = Record<string, unknown>

/** What became of rows that share their key with others of the same file. */
export interface Repeated {
  /** Rows that are older than another of their key. */
  superseded: number
  /** Keys of which the file says different things at the same time. */
  contradicted: number
  /** The first of those keys: the row that is stored, and the others. */
  examples: { id: string; row: WholeRow; others: WholeRow[] }[]
}

const maxExamples = 10

/** Columns that say nothing of the row's contents. */
const bookkeeping = '{provider,provider_id,row_hash,created_at,updated_at,again,place}'

/**
 * Leaves one of several staged rows with one key: the one with the greatest value of `newestBy` (none counts as the least), of those the
 * one with the greatest hash. So the order of the file does not decide, nor does what is stored. Rows that are as new as that one and say something else are kept whole in its `extra`, under `contradicted_by`, and its hash becomes one of all of them.
 */
export async function settleRepeated(
  tx: TransactionSql,
  { keys, newestBy }: OneOfEach,
  staging: Helper<string>,
): Promise<Repeated> {
  const newness = newestBy ? tx`coalesce(s.${tx(newestBy)}, '-infinity')` : tx`0`
  const partition = keys.flatMap((name, i) => (i === 0 ? [tx`s.${tx(name)}`] : [tx`, `, tx`s.${tx(name)}`]))
  const [settled] = await tx<Repeated[]>`
    with ranked as (
      select s.place, s.provider_id, s.row_hash, s.updated_at, ${newness} as newness, row_number() over same as rank,
        first_value(s.place) over same as winner, first_value(s.row_hash) over same as winning, first_value(${newness}) over same as newest,
        jsonb_strip_nulls(to_jsonb(s) - ${bookkeeping}::text[]) as content
      from ${staging} s where exists (select from ${staging} o where o.again and ${sameKeys(tx, keys, 'o', 's')})
      window same as (partition by ${partition} order by ${newness} desc, s.row_hash desc, s.place)
    ), others as (
      select distinct on (winner, row_hash) winner, row_hash, updated_at, content from ranked
      where newness = newest and row_hash <> winning order by winner, row_hash
    ), contradicted as (
      select winner, jsonb_agg(content order by row_hash) as others, string_agg(row_hash, ''::bytea order by row_hash) as hashes,
        max(updated_at) as updated_at
      from others group by winner
    ), gone as (
      delete from ${staging} s using ranked r where r.place = s.place and r.rank > 1
    ), marked as (
      update ${staging} s set extra = coalesce(s.extra, '{}') || jsonb_build_object('contradicted_by', c.others),
        row_hash = substring(sha256(s.row_hash || c.hashes) from 1 for 16), updated_at = greatest(s.updated_at, c.updated_at)
      from contradicted c where c.winner = s.place
    ), examples as (
      select r.provider_id as id, r.content as row, c.others from contradicted c join ranked r on r.place = c.winner
      order by r.provider_id collate "C" limit ${maxExamples}
    )
    select (select count(*)::int from ranked where newness < newest) as superseded,
      (select count(*)::int from contradicted) as contradicted,
      (select coalesce(json_agg(e), '[]') from examples e) as examples`
  return settled as Repeated
}
