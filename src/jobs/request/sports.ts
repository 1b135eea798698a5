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
    const enabled = sports.filter(({ id }) => config.sports[id]?.enabled)
    const chosen = enabled.filter(({ lacks }) => sandbox || lacks?.(config) === undefined)
    if (chosen.length > 0) return chosen
    const [first] = enabled
    if (first)
      throw new ConfigError(`The only sport that is enabled is ${first.id}, and it lacks ${first.lacks?.(config)}.`, {
        hint: `Set ${first.lacks?.(config)}, or enable another sport.`,
      })
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

/** Names of all its datasets. */
const datasetNames = (sport: Sport): string[] => namesOf(sport, sport.datasets)

/** Names that `live --only` takes: what the live feed has, and what updates between two games load. */
export const liveNames = (sport: LiveSport): string[] => {
  const updated = sport.datasets.filter(({ cadence }) => cadence.some(often => often !== 'reference'))
  return [...new Set([...namesOf(sport, updated), ...liveNamesOf(sport)])]
}

/** Names of the datasets that `schedule reference` loads. */
const referenceNames = (sport: Sport): string[] => chooseDatasets(sport, 'reference', []).map(({ name }) => name)

/** Names of the datasets that daily runs and backfills load. */
export const dailyNames = (sport: Sport): string[] => namesOf(sport, chooseDatasets(sport, 'daily', []))

/**
 * Those of the sports that have one of the datasets, where some are named.
 * @param namesOf the datasets that the command loads
 * @throws UsageError for one that none of them has, or that another command loads; ConfigError for one that the settings leave out
 */
export function chooseByDatasets<S extends Sport>(
  only: readonly string[],
  chosen: readonly S[],
  namesOf: (sport: S) => string[],
): S[] {
  const known = [...new Set(chosen.flatMap(namesOf))]
  const unknown = only.find(name => !known.includes(name))
  if (unknown) throw withoutDataset(unknown, known, chosen)
  return chosen.filter(sport => only.length === 0 || namesOf(sport).some(name => only.includes(name)))
}

function withoutDataset(name: string, known: readonly string[], chosen: readonly Sport[]): ConfigError | UsageError {
  for (const { id, withheld = [] } of chosen) {
    const left = withheld.find(one => one.name === name)
    if (left) return new ConfigError(`There are no ${name} of ${id}: ${left.why}.`, { hint: left.hint })
  }
  const owner = chosen.find(sport => datasetNames(sport).includes(name))
  if (!owner) return new UsageError(`There is no dataset called ${name}.`, { hint: didYouMean(name, known) ?? known.join(', ') })
  const command = referenceNames(owner).includes(name)
    ? 'schedule reference'
    : dailyNames(owner).includes(name)
      ? 'schedule daily'
      : 'live'
  return new UsageError(`This command does not load ${name} of ${owner.id}.`, {
    hint: `Use sports-ingest ${command} --sport ${owner.id} --only ${name}.`,
  })
}

/** What there is to have of some days, by the datasets that are asked for. */
export interface Reach {
  /** Days that are asked for, the first and the last. */
  from: Day
  to: Day
  today: Day
}

/**
 * Why a sport has nothing at all of these days: none of the datasets that are asked for reaches them; undefined where one does, or might.
 */
export function outOfReach(sport: Sport, only: readonly string[], { from, to, today }: Reach): string | undefined {
  const datasets = chooseDatasets(sport, 'daily', only)
  const reaches = datasets.map(dataset => (dataset.read === 'requests' ? dataset.reach?.(today) : undefined))
  if (reaches.length === 0 || !reaches.every(reach => reach && (to < reach.from || from > reach.to))) return undefined
  const days = from === to ? from : `${from} to ${to}`
  return `${sport.id} has no ${datasets.map(({ name }) => name).join(', ')} of ${days}: ${reaches[0]?.why}`
}

/** A line for each dataset of which there is nothing on the last of the days asked for. */
export const beyondReach = (sport: Sport, only: readonly string[], { to, today }: Reach): string[] =>
  chooseDatasets(sport, 'daily', only).flatMap(dataset => {
    const reach = dataset.read === 'requests' ? dataset.reach?.(today) : undefined
    return reach && to > reach.to ? [`${sport.id} has no ${dataset.name} after ${reach.to}: ${reach.why}.`] : []
  })

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
  /** Why others do not, to go behind the sport's name: `is loaded by whole files`. */
  why: string | ((sport: Sport) => string)
}

/**
 * Flags that no dataset of a sport heeds.
 * @param named whether the sports were asked for by name
 * @returns a line for each, where the sports were not named
 * @throws UsageError where they were
 */
export function checkChoices(choices: readonly Choice[], chosen: readonly Sport[], named: boolean): string[] {
  const ignored = chosen.flatMap(sport =>
    choices
      .filter(({ heeds }) => !sport.datasets.some(heeds))
      .flatMap(({ flags, why }) => flags.map(flag => ({ id: sport.id, flag, why: typeof why === 'string' ? why : why(sport) }))),
  )
  const [first] = ignored
  if (first && named)
    throw new UsageError(`--${first.flag} has no effect on ${first.id}: ${first.id} ${first.why}.`, { hint: 'Leave it out.' })
  return ignored.map(({ id, flag, why }) => `${id} ignores --${flag}: it ${why}.`)
}
