import type { ISql } from 'postgres'
import { latestBelieved } from '../../core/clock.ts'
import type { Day } from '../../core/days.ts'
import type { FileDataset, RequestDataset, Scope } from '../../pipeline/dataset.ts'
import { shapeOf } from '../../pipeline/files/load-file.ts'
import type { ScheduleEntry } from '../../pipeline/schedule.ts'
import type { Sport } from '../../pipeline/sport.ts'
import type { FileUnit, RequestUnit, Unit } from '../../pipeline/unit.ts'
import { allKey, type UnitSpan } from '../../pipeline/unit-span.ts'
import { seasonWatermark } from '../../pipeline/watermark-names.ts'
import { type DeadLetter, listOpenDeadLetters } from '../../store/dead-letters.ts'
import { listLoadedFiles } from '../../store/files.ts'
import { readWatermarkHistory } from '../../store/watermarks.ts'
import type { Chosen } from './datasets.ts'

/** Units of requests of a day, a season or once, and of files. */
export const planUnits = async (
  sql: ISql,
  sport: Sport,
  { requests, files }: Chosen,
  request: Omit<FilesRequest, 'datasets'>,
): Promise<Unit[]> => [
  ...unitsBySpan(requests.map(dataset => ({ dataset, scope: request.scope }))),
  ...(await planFiles(sql, sport, { ...request, datasets: files })),
]

/** A dataset that is asked for by day, season or once, and the days and seasons of which it is. */
export type Asked = { dataset: RequestDataset; scope: Scope }

/** The units of such datasets: those with the same span are one, of all its datasets. */
export function unitsBySpan(asked: readonly Asked[]): RequestUnit[] {
  const units = new Map<string, RequestUnit>()
  for (const { dataset, scope } of asked)
    for (const span of dataset.units === 'event' ? [] : dataset.units(scope)) {
      const name = `${span.key} ${span.from} ${span.to}`
      const unit = units.get(name) ?? { ...emptyUnit(span), isWhole: true }
      units.set(name, { ...unit, datasets: [...unit.datasets, dataset] })
    }
  return [...units.values()].sort((a, b) => order(a) - order(b) || (a.key < b.key ? -1 : 1))
}

/** The units that dead letters are about: those they name, else, for a letter of an event, those of its dataset that have its day. */
export function unitsOfLetters(
  units: readonly RequestUnit[],
  letters: readonly Pick<DeadLetter, 'dataset' | 'item' | 'day'>[],
): Set<RequestUnit> {
  const unitsOf = (letter: (typeof letters)[number]) => {
    const own = units.filter(unit => unit.datasets.some(({ name }) => name === letter.dataset))
    const named = own.filter(({ key }) => isLetterOf(letter, letter.dataset, key))
    return named.length > 0 ? named : own.filter(({ from, to }) => from <= letter.day && letter.day <= to)
  }
  return new Set(letters.flatMap(unitsOf))
}

export const dayOrder = 2

/** Units about all seasons are finished before those of a season, and these before days. */
export const order = ({ season, key }: UnitSpan): number => (key === allKey ? 0 : season !== undefined ? 1 : dayOrder)

/** A unit of requests that has no datasets and no events yet. */
const emptyUnit = (span: UnitSpan): RequestUnit => ({
  read: 'requests',
  ...span,
  datasets: [],
  events: [],
  listedBy: '',
  checked: [],
  isPartial: false,
  isWhole: false,
  isRecurring: false,
})

export interface FilesRequest {
  scope: Scope
  now: Date
  datasets: readonly FileDataset[]
  /** Only what has an open dead letter, or was never loaded. */
  retryFailed?: boolean
  /** Only files with these open dead letters, read again in any case. */
  letters?: readonly number[] | undefined
  /** All of them, also those that have not changed. */
  again?: boolean
  /** A person has everything read again, and what is there is right even where it lacks much of what was. */
  restart?: boolean
}

/** Whether a letter is about a unit, or a row or page of it: `2024`, `2024 00-0033873 5`. */
export const isLetterOf = ({ dataset, item }: Pick<DeadLetter, 'dataset' | 'item'>, name: string, key: string): boolean =>
  dataset === name && (item === key || item.startsWith(`${key} `))

/** Which files a run asks for: those about all seasons first, then season by season. */
export async function planFiles(
  sql: ISql,
  sport: Sport,
  { scope, now, datasets, retryFailed = false, letters, again = false, restart = false }: FilesRequest,
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
    // Under a clock that was ahead: what it decided by the time is decided again.
    const isAhead = before && before.loadedAt > latestBelieved(now)
    const isSet = before && (setAt.get(span.season ?? '') ?? before.loadedAt) > before.loadedAt
    // What has a dead letter may be right in the file that is there: it is read again where somebody asks for that.
    const isAsked = own.some(({ id }) => letters?.includes(id))
    if ((letters && !isAsked) || (retryFailed && before && own.length === 0)) return []
    const isReadOtherwise = before && before.shape !== '' && before.shape !== shape
    const isDue = before?.left?.againAt !== undefined && before.left.againAt <= now
    const known = isReadOtherwise || isAhead || isDue || isSet || isAsked || again || restart ? undefined : before
    const hasLetter = own.some(({ item }) => item === span.key)
    return [{ read: 'file', dataset, ...span, shape, loaded: before, known, hasLetter, mayShrink: restart }]
  })
}

/** A unit of events, in the days from one to another. */
export const eventUnit = (
  listedBy: string,
  { from, to }: { from: Day; to: Day },
  events: readonly ScheduleEntry[],
  datasets: readonly RequestDataset[],
): RequestUnit => ({
  ...emptyUnit({ key: from === to ? from : `${from}..${to}`, from, to, season: undefined }),
  ...{ datasets, events, listedBy },
})
