import { csv } from './csv.ts'
import { type DisturbedRun, type Environment, haltDisturbed, startDisturbed } from './disturbed-run.ts'
import { gameIdsOf, gameLine, type NflFiles, nflFiles, persons, snapLine, weekLinesOf } from './hand-made-nfl.ts'
import { type NflWorld, startNflWorld } from './nfl-world.ts'
import { type TableHashes, tableHashes } from './table-hashes.ts'

const words = ['schedule', 'backfill', '--sport', 'nfl', '--season', '2023..2024']

/** After the second week of 2024, when everything is loaded, and the day before. */
const [before, afterwards] = ['2024-09-19T12:00:00Z', '2024-09-20T12:00:00Z'] as const

/** Two seasons with a file that does not exist and a row that cannot be read. */
function twoSeasons(): NflFiles {
  const { injuries_2023: _, ...files } = nflFiles(2023, 2024)
  files['snap_counts_2024'] = `${files['snap_counts_2024']}2024_02_KC_LV,2024\n`
  return files
}

/** The same as of some days before: rows that have changed since, that are new since, and that are gone since. */
function asOfBefore(): NflFiles {
  const files = twoSeasons()
  const ids = [2023, 2024].flatMap(gameIdsOf)
  files['games'] = csv(ids.map(id => gameLine(id, id.startsWith('2024_02') ? { away_score: '', home_score: '' } : {})))
  files['stats_player_week_2024'] = csv(
    weekLinesOf(2024)
      .filter(line => line['week'] === 1)
      .map(line => ({ ...line, passing_yards: 1 })),
  )
  files['snap_counts_2023'] = csv([...gameIdsOf(2023)].flatMap(id => persons.map(person => snapLine(person, id))))
  delete files['stats_team_week_2024']
  return files
}

/** What a run starts from: nothing, so that rows go straight into the tables; or an older state, with which they are merged. */
export type Start = 'empty' | 'older'

/** A world of its own for one case, about to load the two seasons. */
export async function openImport(start: Start): Promise<NflWorld & { env: Environment }> {
  const files = start === 'older' ? asOfBefore() : twoSeasons()
  const world = await startNflWorld(files)
  if (start === 'older') {
    await world.backfill({ seasons: ['2023', '2024'], now: before })
    Object.assign(files, twoSeasons())
  }
  return { ...world, env: { ...world.api.env, DATABASE_URL: world.store.url, SPORTS_INGEST_NOW: afterwards } }
}

export const startImport = (env: Environment, ...flags: string[]): DisturbedRun => startDisturbed([...words, ...flags], env)

/** Starts it and waits until it has halted at a step of core/steps.ts. */
export const haltImport = (env: Environment, step: string): Promise<DisturbedRun> => haltDisturbed(words, env, step)

/** What a run without any trouble leaves behind. */
export async function importUndisturbed(start: Start): Promise<TableHashes> {
  await using world = await openImport(start)
  const { code, stderr } = await startImport(world.env).done
  if (code !== 2) throw new Error(`The undisturbed run failed: ${stderr}`)
  return await tableHashes(world.sql)
}

/** Files that are recorded as loaded, and of which not all rows are stored; and rows of files that are not recorded as loaded. */
export async function halfLoaded({ sql }: NflWorld, start: Start): Promise<string[]> {
  const tables = {
    'player-stats': 'nfl_player_game_stats',
    'team-stats': 'nfl_team_game_stats',
    rosters: 'nfl_rosters',
    'snap-counts': 'nfl_snap_counts',
  }
  const half: string[] = []
  for (const [dataset, table] of Object.entries(tables)) {
    const rows = await sql<{ season: string; stored: number; said: number }[]>`
      with stored as (select season::text, count(*)::int as stored from ${sql(table)} group by 1),
        said as (select unit as season, rows from ingest_files where dataset = ${dataset})
      select season, coalesce(stored, 0) as stored, coalesce(rows, 0)::int as said from stored full join said using (season)`
    half.push(...rows.filter(({ stored, said }) => stored !== said).map(({ season }) => `${dataset} ${season}, from ${start}`))
  }
  return half
}
