import type { App } from '../../app.ts'
import type { FileSport } from '../../pipeline/contract.ts'
import { type ImportRequest, planImport } from './plan-import.ts'

/** What an import would do. */
export interface FileForecast {
  sport: string
  /** A label, or a range of them. */
  season: string
  files: { dataset: string; season: string; loadedAt: Date | null; rows: number | null }[]
  /** At least: files that have moved are asked for more than once, and a redirect is a request. */
  requests: number
  ratePerSecond: number
}

/** Says what an import would ask for. It asks for nothing, and writes nothing. */
export async function forecastImport(app: App, sport: FileSport, request: ImportRequest): Promise<FileForecast> {
  const tasks = await app.database.run(sql => planImport(sql, sport, request))
  const providers = sport.providers.map(declaration => app.openProvider(declaration, true))
  const ratePerSecond = Math.min(...providers.map(provider => provider.ratePerSecond))
  await Promise.all(providers.map(provider => provider.close()))
  const { seasons } = request
  return {
    sport: sport.id,
    season: seasons.length > 1 ? `${seasons[0]}..${seasons.at(-1)}` : (seasons[0] ?? ''),
    files: tasks.map(({ dataset, season, loaded }) => {
      return { dataset: dataset.name, season, loadedAt: loaded?.loadedAt ?? null, rows: loaded?.rows ?? null }
    }),
    requests: tasks.length,
    ratePerSecond,
  }
}
