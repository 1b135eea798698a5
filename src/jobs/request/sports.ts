import type { Config } from '../../core/config/config.ts'
import type { Day } from '../../core/days.ts'
import { ConfigError, UsageError } from '../../core/errors.ts'
import { didYouMean } from '../../core/suggest.ts'
import { dayOf } from '../../core/zones.ts'
import type { Dataset } from '../../pipeline/dataset.ts'
import type { Sport } from '../../pipeline/sport.ts'
import { sports as declared } from '../../sports/index.ts'
import { isLive, type LiveSport } from '../live/live-sport.ts'
import { chooseDatasets, liveNamesOf, namesOf } from '../plan/datasets.ts'

/** The settings, and whether simulated providers are asked, which want no account. */
export interface Setting {
  config: Config
  sandbox: boolean
}

/** The sports asked for by name; where none is, those that the settings enable and that have what they need. */
export function chooseSports(names: readonly string[], { config, sandbox }: Setting): Sport[] {
  const sports = allSports(config)
  if (names.length === 0) {
    const chosen = sports.filter(({ id, lacks }) => config.sports[id]?.enabled && (sandbox || lacks?.(config) === undefined))
    if (chosen.length > 0) return chosen
    throw new ConfigError('No sport is enabled, so there is nothing to do.', {
      hint: 'Set sports.nba.enabled to true, or name one with --sport.',
    })
  }
  return [...new Set(names)].map(name => {
    const sport = sports.find(candidate => candidate.id === name)
    if (sport) return sport
    const known = sports.map(candidate => candidate.id)
    throw new UsageError(`There is no sport called ${name}.`, { hint: didYouMean(name, known) ?? known.join(', ') })
  })
}

/** All sports, as the settings want them. */
export const allSports = (config: Config): Sport[] => declared.map(sport => sport.withSettings?.(config) ?? sport)

/** Those of them that can do something. @throws UsageError for one that is asked for by name and cannot */
function chooseAble<S extends Sport>(
  names: readonly string[],
  setting: Setting,
  isAble: (sport: Sport) => sport is S,
  lacks: string,
): S[] {
  const chosen = chooseSports(names, setting)
  const other = names.length > 0 ? chosen.find(sport => !isAble(sport)) : undefined
  if (other)
    throw new UsageError(`${other.id} has no ${lacks}.`, { hint: `See sports-ingest schedule daily --sport ${other.id}.` })
  return chosen.filter(isAble)
}

/** Those of them that can be followed live. @throws UsageError for one that is asked for by name and cannot */
export const chooseLiveSports = (names: readonly string[], setting: Setting): LiveSport[] =>
  chooseAble(names, setting, isLive, 'live feed')

/** Names that `--only` takes. */
const datasetNames = (sport: Sport): string[] => namesOf(sport, sport.datasets)

/** Names that `live --only` takes: those too, and what the live feed has. */
export const liveNames = (sport: LiveSport): string[] => [...new Set([...datasetNames(sport), ...liveNamesOf(sport)])]

/** Names of the datasets that `schedule reference` loads. */
const referenceNames = (sport: Sport): string[] => chooseDatasets(sport, 'reference', []).map(({ name }) => name)

/** Those of the sports that have one of the datasets, where some are named. @throws UsageError for one that none of them has */
export function chooseByDatasets<S extends Sport>(
  only: readonly string[],
  chosen: readonly S[],
  namesOf: (sport: S) => string[] = datasetNames,
): S[] {
  const known = [...new Set(chosen.flatMap(namesOf))]
  const unknown = only.find(name => !known.includes(name))
  if (unknown)
    throw new UsageError(`There is no dataset called ${unknown}.`, { hint: didYouMean(unknown, known) ?? known.join(', ') })
  return chosen.filter(sport => only.length === 0 || namesOf(sport).some(name => only.includes(name)))
}

/**
 * Those of the sports that have reference data, and of it some datasets where they are named.
 * @throws UsageError for a sport that is asked for by name and has none, or a dataset that none of them has
 */
export function chooseReferenceSports(names: readonly string[], only: readonly string[], setting: Setting): Sport[] {
  const hasAny = (sport: Sport): sport is Sport => referenceNames(sport).length > 0
  return chooseByDatasets(only, chooseAble(names, setting, hasAny, 'reference data'), referenceNames)
}

/** @throws UsageError for a day that has not come in the zone of one of the sports */
export function checkNotAhead(date: Day | undefined, chosen: readonly Sport[], now: Date): void {
  for (const { zone } of chosen) {
    const today = dayOf(now, zone)
    if (date && date > today)
      throw new UsageError(`${date} is in the future: in ${zone} it is ${today}.`, { hint: 'Give a day up to today.' })
  }
}

/** Flags that some sports have no use for. */
export interface Choice {
  /** Those of them that were given. */
  flags: readonly string[]
  /** Whether a dataset heeds them. */
  heeds(dataset: Dataset): boolean
  /** Why another does not, to go behind the sport's name: `is loaded by whole files`. */
  why: string
}

/**
 * Flags that no dataset of a sport heeds.
 * @param named whether the sports were asked for by name
 * @returns a line for each, where the sports were not named
 * @throws UsageError where they were
 */
export function checkChoices(choices: readonly Choice[], chosen: readonly Sport[], named: boolean): string[] {
  const ignored = chosen.flatMap(({ id, datasets }) =>
    choices.filter(({ heeds }) => !datasets.some(heeds)).flatMap(({ flags, why }) => flags.map(flag => ({ id, flag, why }))),
  )
  const [first] = ignored
  if (first && named)
    throw new UsageError(`--${first.flag} has no effect on ${first.id}: ${first.id} ${first.why}.`, { hint: 'Leave it out.' })
  return ignored.map(({ id, flag, why }) => `${id} ignores --${flag}: it ${why}.`)
}
