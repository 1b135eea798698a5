import { UsageError } from '../../core/errors.ts'
import { didYouMean } from '../../core/suggest.ts'
import { sports } from '../../sports/index.ts'
import { hasStats, type StatsSport } from '../../stats/lines.ts'
import { statsFunctionNames } from '../../stats/run-stats.ts'

/** Sports that have stats. */
export const statsSports = (): StatsSport[] => sports.filter(hasStats)

/** @throws UsageError for a sport that has no stats, or is none */
export function chooseStatsSport(name: string): StatsSport {
  const known = statsSports()
  return (
    known.find(({ id }) => id === name) ??
    fail(
      'sport',
      name,
      known.map(({ id }) => id),
    )
  )
}

/** The name of a function as a line of 80 columns has it. */
export const shortName = (name: string): string => name.replace(/^update_(aggregated_)?/, '')

/** The functions of these names, long or short; all of them where none is given. @throws UsageError for one that is none */
export function chooseFunctions(names: readonly string[]): readonly string[] {
  const chosen = names.map(
    given =>
      statsFunctionNames.find(name => [name, shortName(name)].includes(given.replace(/^…/, ''))) ??
      fail('stats function', given, statsFunctionNames),
  )
  return names.length === 0 ? statsFunctionNames : [...new Set(chosen)]
}

/** @throws UsageError with what may have been meant */
export function fail(what: string, name: string, known: Iterable<string>): never {
  const list = [...known]
  throw new UsageError(`There is no ${what} called ${name}.`, { hint: didYouMean(name, list) ?? list.join(', ') })
}
