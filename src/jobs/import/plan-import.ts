import type { ISql } from 'postgres'
import type { FileSport } from '../../pipeline/contract.ts'
import type { FileDataset } from '../../pipeline/files/dataset.ts'
import { shapeOf } from '../../pipeline/files/load-file.ts'
import { type DeadLetter, listOpenDeadLetters } from '../../store/dead-letters.ts'
import { type LoadedFile, listLoadedFiles } from '../../store/files.ts'
import { readWatermarkHistory } from '../../store/watermarks.ts'
import { seasonWatermark } from './season-watermark.ts'

/** A file to be asked for. */
export interface FileTask {
  dataset: FileDataset
  /** Empty for a file about all seasons. */
  season: string
  /** How it is read now. */
  shape: string
  /** The state that is loaded: the same one is not read again. Undefined where it is to be read in any case. */
  known: LoadedFile | undefined
  /** Whether any state of it was loaded before. */
  loaded: LoadedFile | undefined
  /** It has an open dead letter: that is closed even where it turns out to be the state that is loaded. */
  isAside: boolean
}

export interface ImportRequest {
  seasons: readonly string[]
  /** Datasets to load; all where empty. */
  only: readonly string[]
  /** Only what is set aside, or was never loaded. */
  retryFailed: boolean
  /** Only files with these open dead letters, read again in any case. */
  letters?: readonly number[] | undefined
}

/** The name of a file among the dead letters of its dataset. */
export const letterItem = (season: string): string => season || 'all'

/** The season that a letter's item is about, of a file or of a row in it. */
export const seasonOfItem = (item: string): string => {
  const [first = ''] = item.split(' ')
  return first === 'all' ? '' : first
}

/** Which files a run asks for: those about all seasons first, then season by season. */
export async function planImport(
  sql: ISql,
  sport: FileSport,
  { seasons, only, retryFailed, letters }: ImportRequest,
): Promise<FileTask[]> {
  const loaded = new Map((await listLoadedFiles(sql, sport.id)).map(file => [`${file.dataset} ${file.season}`, file]))
  const open = await listOpenDeadLetters(sql, sport.id)
  const asked = letters && open.filter(({ id }) => letters.includes(id))
  const setAt = new Map<string, Date>()
  for (const season of seasons) {
    const [last] = (await readWatermarkHistory(sql, seasonWatermark(sport, season))).filter(change => change.runId === null)
    if (last) setAt.set(season, last.changedAt)
  }
  const wanted = sport.files.filter(({ name }) => only.length === 0 || only.includes(name))
  const named = [
    ...wanted.filter(({ from }) => from === undefined).map(dataset => ({ dataset, season: '' })),
    ...seasons.flatMap(season =>
      wanted.filter(({ from }) => from !== undefined && from <= Number(season)).map(dataset => ({ dataset, season })),
    ),
  ]
  const isOf = (letter: DeadLetter, { dataset, season }: Pick<FileTask, 'dataset' | 'season'>) =>
    letter.dataset === dataset.name && seasonOfItem(letter.item) === season
  const tasks = named.map(({ dataset, season }): FileTask => {
    const before = loaded.get(`${dataset.name} ${season}`)
    const shape = shapeOf(dataset.content)
    const own = open.filter(letter => isOf(letter, { dataset, season }))
    const isSet = before && (setAt.get(season) ?? before.loadedAt) > before.loadedAt
    // What is set aside may be right in the file that is there: it is read again where somebody asks for that.
    const isAsked = own.some(({ id }) => letters?.includes(id))
    const again = !before || before.shape !== shape || isSet || isAsked
    const isAside = own.some(({ item }) => item === letterItem(season))
    return { dataset, season, shape, loaded: before, known: again ? undefined : before, isAside }
  })
  if (asked) return tasks.filter(task => asked.some(letter => isOf(letter, task)))
  if (retryFailed) return tasks.filter(task => !task.loaded || open.some(letter => isOf(letter, task)))
  return tasks
}
