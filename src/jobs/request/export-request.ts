import type { Config } from '../../core/config/config.ts'
import type { Day } from '../../core/days.ts'
import { UsageError } from '../../core/errors.ts'
import { dayOf } from '../../core/zones.ts'
import type { ExportSelection, ExportTable } from '../../sports/export-tables.ts'
import { toSeasons } from './seasons.ts'
import { allSports, chooseSports } from './sports.ts'

interface Flags {
  sport?: readonly string[] | undefined
  season?: string | undefined
  from?: Day | undefined
  to?: Day | undefined
}

/** Which rows of the tables the flags mean. @throws UsageError for what a table does not have */
export function toSelection(
  tables: readonly ExportTable[],
  { sport: names = [], season, from, to }: Flags,
  { config, now }: { config: Config; now: Date },
): ExportSelection {
  const sports = names.length > 0 ? chooseSports(names, { config, sandbox: true }) : undefined
  const ids = sports?.map(({ id }) => id)
  for (const { name, sport, hasSeasons, hasDays } of tables) {
    if (ids && sport && !ids.includes(sport)) throw new UsageError(`${name} has no rows of ${ids.join(' or ')}.`)
    if (season !== undefined && !hasSeasons) throw new UsageError(`${name} has no seasons.`, { hint: 'Leave out --season.' })
    if ((from || to) && !hasDays) throw new UsageError(`${name} has no days.`, { hint: 'Leave out --from and --to.' })
  }
  if (from && to && from > to) throw new UsageError(`--from ${from} is after --to ${to}.`)
  if (season === undefined) return { sports: ids, from, to }
  // The same season has another label in each sport.
  const concerned = (sports ?? allSports(config)).filter(({ id }) => tables.some(({ sport }) => !sport || sport === id))
  const attempts = concerned.map(sport => {
    try {
      return toSeasons(season, sport, dayOf(now, sport.zone))
    } catch (error) {
      if (error instanceof UsageError) return error
      throw error
    }
  })
  const seasons = attempts.flatMap(found => (found instanceof UsageError ? [] : found))
  if (seasons.length === 0) throw attempts[0]
  return { sports: ids, seasons: [...new Set(seasons)], from, to }
}
