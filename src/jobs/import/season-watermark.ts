import type { ISql, PendingQuery, Row } from 'postgres'
import { addDays, type Day } from '../../core/days.ts'
import type { FileSport, GameStatus } from '../../pipeline/contract.ts'
import { moveWatermark, type WatermarkName } from '../../store/watermarks.ts'

/** `backfill` / `nfl:2024` */
export const seasonWatermark = (sport: FileSport, season: string): WatermarkName => ({
  stage: 'backfill',
  key: `${sport.id}:${season}`,
})

/** `schedule` / `daily:nfl` */
export const dailyWatermark = (sport: FileSport): WatermarkName => ({ stage: 'schedule', key: `daily:${sport.id}` })

/** Who holds it is alone at the sport's files, of whatever season, and at the watermarks that they move. */
export const filesLease = (sport: FileSport): string => `files:${sport.id}`

interface By {
  at: Date
  runId: number
}

interface StoredGame {
  id: string
  day: Day
  status: GameStatus
}

/**
 * Moves a season's watermark, within the transaction that has settled a file of it, to the last game up to which all are settled:
 * over, with their lines stored or set aside; or called off. Not before every file with lines of games was loaded or set aside.
 */
export async function advanceSeason(tx: ISql, sport: FileSport, season: string, { at, runId }: By): Promise<void> {
  if (!(await areFilesSettled(tx, sport, season))) return
  let value: string | undefined
  for (const { id, isSettled } of await listSettled(tx, sport, season)) {
    if (!isSettled) break
    value = id
  }
  if (value !== undefined) await moveWatermark(tx, { ...seasonWatermark(sport, season), value, at, by: { runId } })
}

/** Moves the daily watermark to the last day up to a target whose games are all settled. */
export async function advanceDaily(tx: ISql, sport: FileSport, season: string, target: Day, { at, runId }: By): Promise<void> {
  if (!(await areFilesSettled(tx, sport, season))) return
  const games = await listSettled(tx, sport, season)
  const first = games
    .filter(({ isSettled, status }) => !isSettled && status !== 'postponed')
    .map(({ day }) => day)
    .sort()[0]
  const value = first !== undefined && first <= target ? addDays(first, -1) : target
  const [start] = games.map(({ day }) => day).sort()
  if (start === undefined || value < addDays(start, -1)) return
  await moveWatermark(tx, { ...dailyWatermark(sport), value, at, by: { runId } })
}

/** Whether each file with lines of a season's games was loaded, or is set aside. */
async function areFilesSettled(sql: ISql, sport: FileSport, season: string): Promise<boolean> {
  const names = sport.files
    .filter(({ coversGames, from }) => coversGames && (from ?? 0) <= Number(season))
    .map(({ name }) => name)
  const [settled] = await sql<{ count: number }[]>`
    select count(distinct dataset)::int as count from (
      select dataset from ingest_files where sport = ${sport.id} and season in ('', ${season})
      union all
      select dataset from dead_letters where sport = ${sport.id} and item in ('all', ${season}) and ${isGivenUp(sql, sport, season)}
    ) s where dataset in ${sql(['', ...names])}`
  return settled?.count === names.length
}

/**
 * Whether a file's letter stands for the lines that are not there. While a season is on, only where a person gave it up: else the
 * next state of the file, which may be older than the games, resolves the letter, and the watermark has passed games without lines.
 */
const isGivenUp = (sql: ISql, sport: FileSport, season: string): PendingQuery<Row[]> => sql`
  (status = 'discarded' or (status = 'open' and not exists (
    select from games g where g.sport = ${sport.id} and g.season = ${season} and g.status in ('scheduled', 'live', 'postponed'))))`

/** A season's games by id, and whether there is nothing left to load of each. */
async function listSettled(sql: ISql, sport: FileSport, season: string): Promise<(StoredGame & { isSettled: boolean })[]> {
  const games = await sql<StoredGame[]>`
    select provider_id as id, game_date as day, status from games where sport = ${sport.id} and season = ${season} order by 1`
  const without = new Set((await listHoles(sql, sport, season)).map(({ id }) => id))
  return games.map(game => ({
    ...game,
    isSettled: game.status === 'cancelled' || (game.status === 'final' && !without.has(game.id)),
  }))
}

/** Games that are over and have no lines, unless the file that has them is set aside. */
export async function listHoles(sql: ISql, sport: FileSport, season: string): Promise<{ id: string; day: Day }[]> {
  const { dataset, listWithout } = sport.lines
  const [aside] = await sql`
    select 1 from dead_letters
    where sport = ${sport.id} and dataset = ${dataset} and item = ${season} and ${isGivenUp(sql, sport, season)} limit 1`
  return aside ? [] : await listWithout(sql, season)
}
