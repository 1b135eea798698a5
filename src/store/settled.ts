import type { ISql } from 'postgres'
import type { WatermarkName } from './watermarks.ts'

/** Records items as settled (loaded, or dead letters); those recorded already are skipped. */
export async function keepSettled(tx: ISql, { stage, key }: WatermarkName, items: readonly string[]): Promise<void> {
  if (items.length === 0) return
  await tx`
    insert into ingest_settled (stage, key, item)
    select ${stage}::text, ${key}::text, item from jsonb_array_elements_text(${tx.json([...items])}) as listed(item)
    on conflict do nothing`
}

/** Items settled beyond the watermark. */
export async function readSettled(sql: ISql, { stage, key }: WatermarkName): Promise<Set<string>> {
  const rows = await sql<{ item: string }[]>`select item from ingest_settled where stage = ${stage} and key = ${key}`
  return new Set(rows.map(({ item }) => item))
}

/** Deletes those that a watermark has passed, or, with `after`, those beyond a value to which it was set back. */
export async function forgetSettled(
  tx: ISql,
  { stage, key }: WatermarkName,
  which: { upTo: string } | { after: string },
): Promise<void> {
  const range = 'upTo' in which ? tx`item collate "C" <= ${which.upTo}` : tx`item collate "C" > ${which.after}`
  await tx`delete from ingest_settled where stage = ${stage} and key = ${key} and ${range}`
}
