import type { RequestDataset, Scope } from '../../pipeline/dataset.ts'
import type { RequestUnit } from '../../pipeline/unit.ts'
import { allKey, type UnitSpan } from '../../pipeline/unit-span.ts'

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
