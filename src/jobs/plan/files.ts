import type { ISql } from 'postgres'
import type { FileDataset, Scope } from '../../pipeline/dataset.ts'
import { shapeOf } from '../../pipeline/files/load-file.ts'
import type { Sport } from '../../pipeline/sport.ts'
import type { FileUnit } from '../../pipeline/unit.ts'
import { seasonWatermark } from '../../pipeline/watermark-names.ts'
import { type DeadLetter, listOpenDeadLetters } from '../../store/dead-letters.ts'
import { listLoadedFiles } from '../../store/files.ts'
import { readWatermarkHistory } from '../../store/watermarks.ts'

export interface FilesRequest {
  scope: Scope
  datasets: readonly FileDataset[]
  /** Only what has an open dead letter, or was never loaded. */
  retryFailed?: boolean
  /** Only files with these open dead letters, read again in any case. */
  letters?: readonly number[] | undefined
  /** A person has everything read again. */
  restart?: boolean
}

/** Whether a letter is about a unit, or a row or page of it: `2024`, `2024 00-0033873 5`. */
export const isLetterOf = ({ dataset, item }: Pick<DeadLetter, 'dataset' | 'item'>, name: string, key: string): boolean =>
  dataset === name && (item === key || item.startsWith(`${key} `))

/** Which files a run asks for: those about all seasons first, then season by season. */
export async function planFiles(
  sql: ISql,
  sport: Sport,
  { scope, datasets, retryFailed = false, letters, restart = false }: FilesRequest,
): Promise<FileUnit[]> {
  const loaded = new Map((await listLoadedFiles(sql, sport.id)).map(file => [`${file.dataset} ${file.unit}`, file]))
  const open = await listOpenDeadLetters(sql, sport.id)
  const setAt = new Map<string, Date>()
  for (const { label } of scope.seasons) {
    const history = await readWatermarkHistory(sql, seasonWatermark(sport.id, label))
    const last = history.find(change => change.runId === null)
    if (last) setAt.set(label, last.changedAt)
  }
  const spans = datasets.flatMap(dataset => [...dataset.units(scope)].map(span => ({ dataset, ...span })))
  const seasons = [undefined, ...scope.seasons.map(({ label }) => label)]
  const inOrder = seasons.flatMap(season => spans.filter(span => span.season === season))
  return inOrder.flatMap(({ dataset, ...span }): FileUnit[] => {
    const before = loaded.get(`${dataset.name} ${span.key}`)
    const shape = shapeOf(dataset.content)
    const own = open.filter(letter => isLetterOf(letter, dataset.name, span.key))
    const isSet = before && (setAt.get(span.season ?? '') ?? before.loadedAt) > before.loadedAt
    // What has a dead letter may be right in the file that is there: it is read again where somebody asks for that.
    const isAsked = own.some(({ id }) => letters?.includes(id))
    if ((letters && !isAsked) || (retryFailed && before && own.length === 0)) return []
    const isReadOtherwise = before && before.shape !== '' && before.shape !== shape
    const known = isReadOtherwise || isSet || isAsked || restart ? undefined : before
    const hasLetter = own.some(({ item }) => item === span.key)
    return [{ read: 'file', dataset, ...span, shape, loaded: before, known, hasLetter, mayShrink: restart }]
  })
}
