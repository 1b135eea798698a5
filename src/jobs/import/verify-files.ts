import { getTableConfig } from 'drizzle-orm/pg-core'
import type { ISql } from 'postgres'
import type { App } from '../../app.ts'
import { addDays } from '../../core/days.ts'
import type { FileSport } from '../../pipeline/contract.ts'
import { listLoadedFiles } from '../../store/files.ts'
import type { WatermarkName } from '../../store/watermarks.ts'
import type { Verification } from '../verify-watermark.ts'
import { listHoles } from './season-watermark.ts'

interface Hole {
  id: string
  day: string
  season: string
  what: string
  mend: string
}

/**
 * Looks for what is missing at or below a watermark of a sport that is loaded by files: games that are over and have no lines, and
 * files of which not all rows are stored. No provider is asked.
 */
export async function verifyFiles(
  { database }: Pick<App, 'database'>,
  sport: FileSport,
  name: WatermarkName,
  value: string,
): Promise<Verification> {
  return await database.run(async sql => {
    const bySeason = name.stage === 'backfill'
    const season = bySeason ? name.key.slice(sport.id.length + 1) : await newestSeason(sql, sport)
    const games = await sql<{ id: string; day: string; status: string }[]>`
      select provider_id as id, game_date as day, status from games
      where sport = ${sport.id} and season = ${season} and ${bySeason ? sql`provider_id <= ${value}` : sql`game_date <= ${value}`}`
    const ids = new Set(games.map(({ id }) => id))
    const mend = `sports-ingest schedule backfill --sport ${sport.id} --season ${season}`
    const lines = (await listHoles(sql, sport, season)).filter(({ id }) => ids.has(id))
    const holes: Hole[] = [
      ...lines.map(game => ({ ...game, season, what: 'is over and lacks its lines', mend: `${mend} --restart` })),
      ...(await listShortFiles(sql, sport, season)).map(({ dataset, stored, rows }) => ({
        id: `${season} (${dataset})`,
        day: `${season}-07-01`,
        season,
        what: `has ${stored} of the ${rows} rows of its file`,
        mend: `${mend} --restart`,
      })),
    ]
    const unfinished = games.filter(({ status }) => ['scheduled', 'live', 'postponed'].includes(status)).length
    const [first = null] = holes
    return {
      ...name,
      value,
      from: bySeason ? null : (games.map(({ day }) => day).sort()[0] ?? addDays(value, 1)),
      games: games.length,
      listed: true,
      unfinished,
      proven: holes.length === 0,
      holes: holes.length,
      first,
    }
  })
}

async function newestSeason(sql: ISql, sport: FileSport): Promise<string> {
  const [found] = await sql<
    { season: string | null }[]
  >`select max(season) as season from games where sport = ${sport.id} and status = 'final'`
  return found?.season ?? ''
}

/** Files of a season of which fewer rows are stored than were read. */
async function listShortFiles(
  sql: ISql,
  sport: FileSport,
  season: string,
): Promise<{ dataset: string; stored: number; rows: number }[]> {
  const short: { dataset: string; stored: number; rows: number }[] = []
  for (const { dataset, rows } of (await listLoadedFiles(sql, sport.id)).filter(file => file.season === season)) {
    const content = sport.files.find(({ name }) => name === dataset)?.content
    if (!content || !('rows' in content)) continue
    const { name } = getTableConfig(content.rows.table)
    const [found] = await sql<
      { count: number }[]
    >`select count(*)::int as count from ${sql(name)} where season = ${Number(season)}`
    const stored = found?.count ?? 0
    if (stored < rows) short.push({ dataset, stored, rows })
  }
  return short
}
