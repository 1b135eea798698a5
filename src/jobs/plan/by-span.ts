import type { RequestDataset, Scope } from '../../pipeline/dataset.ts'
import type { RequestUnit } from '../../pipeline/unit.ts'
import { allKey, type UnitSpan } from '../../pipeline/unit-span.ts'
import type { DeadLetter } from '../../store/dead-letters.ts'
import { isLetterOf } from './files.ts'

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
export const emptyUnit = (span: UnitSpan): RequestUnit => ({
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
