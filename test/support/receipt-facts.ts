import type { ItemCounts, Receipt } from '../../src/pipeline/receipt.ts'

/** What tests ask of a receipt most often, by short names. */
export interface ReceiptFacts {
  games: ItemCounts | undefined
  /** Rows of files (games have no others) that were read, malformed ones aside; and those. */
  read: number
  badRows: number
  /** Dead letters that were tried, and those of them that are resolved. */
  tried: number
  resolved: number
  /** Events that were settled before. */
  settled: number
  /** Of the first watermark. */
  watermarkBefore: string | null | undefined
  watermarkAfter: string | null | undefined
  waitsFor: { id: string; day: string } | null | undefined
}

export function factsOf({ items, watermarks }: Receipt): ReceiptFacts {
  const of = (noun: string) => items.find(counts => counts.noun === noun)
  const [games, rows, letters] = [of('games'), of('rows'), of('letters')]
  const [first] = watermarks
  const counted = [rows, games].filter(counts => counts !== undefined)
  return {
    games,
    read: counted.reduce((sum, { asked, dead }) => sum + asked - dead, 0),
    badRows: counted.reduce((sum, { dead }) => sum + dead, 0),
    tried: letters?.asked ?? 0,
    resolved: letters?.loaded ?? 0,
    settled: games?.settled ?? 0,
    watermarkBefore: first?.before,
    watermarkAfter: first?.after,
    waitsFor: first?.waitsFor,
  }
}
