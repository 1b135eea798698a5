import type { Day } from '../core/days.ts'
import { ConfigError, UsageError } from '../core/errors.ts'
import { didYouMean } from '../core/suggest.ts'
import { dayOf } from '../core/zones.ts'
import { isLive, type LiveSport } from '../jobs/live/live-sport.ts'
import { datasetNames, type Sport } from '../pipeline/contract.ts'
import { sports } from '../sports/index.ts'

/** The sports asked for by name; those that the settings enable where none is. */
export function chooseSports(names: readonly string[], enabled: (sport: string) => boolean): Sport[] {
  if (names.length === 0) {
    const chosen = sports.filter(sport => enabled(sport.id))
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

/** Those of them that can be followed while they are played. @throws UsageError for one that is asked for by name and cannot */
export function chooseLiveSports(names: readonly string[], enabled: (sport: string) => boolean): LiveSport[] {
  const chosen = chooseSports(names, enabled)
  const other = names.length > 0 ? chosen.find(sport => !isLive(sport)) : undefined
  if (other)
    throw new UsageError(`${other.id} has no live files to follow.`, {
      hint: `See sports-ingest schedule daily --sport ${other.id}.`,
    })
  return chosen.filter(isLive)
}

/** @throws UsageError for a dataset that none of the sports has */
export function checkDatasets(only: readonly string[], chosen: readonly Sport[]): void {
  const known = [...new Set(chosen.flatMap(datasetNames))]
  const unknown = only.find(name => !known.includes(name))
  if (unknown)
    throw new UsageError(`There is no dataset called ${unknown}.`, { hint: didYouMean(unknown, known) ?? known.join(', ') })
}

/** @throws UsageError for a day that has not come in the zone of one of the sports */
export function checkNotAhead(date: Day | undefined, chosen: readonly Sport[], now: Date): void {
  for (const { zone } of chosen) {
    const today = dayOf(now, zone)
    if (date && date > today)
      throw new UsageError(`${date} is in the future: in ${zone} it is ${today}.`, { hint: 'Give a day up to today.' })
  }
}
