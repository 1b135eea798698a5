import type { RequestDataset, Scope } from '../../pipeline/dataset.ts'
import type { RequestUnit } from '../../pipeline/unit.ts'
import { allKey, type UnitSpan } from '../../pipeline/unit-span.ts'
import type { DeadLetter } from '../../store/dead-letters.ts'
import { isLetterOf } from './files.ts'

/** Units of datasets that are asked for by day, season or once: those with the same span are one, of all its datasets. */
export function unitsBySpan(
  datasets: readonly RequestDataset[],
  scopeOf: (dataset: RequestDataset) => Scope,
  isWhole: (span: UnitSpan) => boolean = () => true,
): RequestUnit[] {
  const units = new Map<string, RequestUnit & { datasets: RequestDataset[] }>()
  for (const dataset of datasets) {
    if (dataset.units === 'event') continue
    for (const span of dataset.units(scopeOf(dataset))) {
      const name = `${span.key} ${span.from} ${span.to}`
      const unit = units.get(name) ?? { ...toUnit(span), isWhole: isWhole(span) }
      unit.datasets.push(dataset)
      units.set(name, unit)
    }
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

const toUnit = (span: UnitSpan): RequestUnit & { datasets: RequestDataset[] } => ({
  read: 'requests',
  ...span,
  datasets: [],
  events: [],
  listedBy: '',
  checked: [],
  isPartial: false,
  isWhole: true,
  isRecurring: false,
})
