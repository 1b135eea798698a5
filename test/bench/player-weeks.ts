import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { between, createRandom, pick } from '../../src/sandbox/random.ts'
import { offence } from '../../src/sports/nfl/statistics.ts'

/** Sixteen seasons, of as many rows each as make 720,000 together. */
export const seasons = Array.from({ length: 16 }, (_, i) => String(2009 + i))
export const rowsOfSeason = 45_000

const clubs =
  'ARI ATL BAL BUF CAR CHI CIN CLE DAL DEN DET GB HOU IND JAX KC LA LAC LV MIA MIN NE NO NYG NYJ PHI PIT SEA SF TB TEN WAS'.split(
    ' ',
  )
const positions = ['QB', 'RB', 'WR', 'TE', 'CB', 'LB', 'DT', 'K']
const shares = ['passing_epa', 'rushing_epa', 'receiving_epa', 'pacr', 'racr', 'target_share', 'air_yards_share', 'wopr']
const header = [
  ...['player_id', 'player_name', 'player_display_name', 'position', 'position_group', 'headshot_url', 'season', 'week'],
  ...['season_type', 'team', 'opponent_team', ...offence, ...shares, 'fantasy_points', 'fantasy_points_ppr'],
]

/** How a set of files differs: rows of a season, and the share of them that was corrected since. */
export interface FileSet {
  rows: number
  changed: number
}

/** Writes `stats_player_week_<season>.csv.gz` for each season below a folder; the same set is the same bytes. */
export async function writePlayerWeeks(folder: string, { rows, changed }: FileSet): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const season of seasons) {
    const random = createRandom('player-weeks', season)
    const correct = createRandom('corrections', season)
    const gzip = createGzip({ level: 1 })
    gzip.pipe(createWriteStream(join(folder, `stats_player_week_${season}.csv.gz`)))
    let lines = `${header.join(',')}\n`
    for (let i = 0; i < rows; i++) {
      lines += `${toLine(season, i, random, correct() < changed)}\n`
      if (lines.length < 256 * 1024) continue
      if (!gzip.write(lines)) await once(gzip, 'drain')
      lines = ''
    }
    gzip.end(lines)
    await finished(gzip)
  }
}

/** Weeks one after the other, each player in most of them, as the real files have it. */
function toLine(season: string, i: number, random: () => number, isCorrected: boolean): string {
  const week = 1 + Math.floor(i / 2_100)
  const player = 10_000 + (((i % 2_100) * 37 + Number(season) * 11) % 50_000)
  const name = `${pick(random, ['A', 'B', 'C'])}.${pick(random, ["O'Dunn", 'Ström', 'Vale', 'Okoro'])}`
  const url = '"https://static.example.com/image/private/f_auto,q_auto/league/a1b2c3d4e5f6g7h8i9j0"'
  const played = random() < 0.35
  const counts = offence.map(column =>
    played ? (column.endsWith('yards') ? between(random, -5, 120) : between(random, 0, 9)) : 0,
  )
  if (isCorrected) counts[0] = (counts[0] as number) + 1
  const fractions = shares.map(() => (played && random() < 0.5 ? (random() * 20 - 10).toFixed(8) : ''))
  const points = played ? (random() * 30).toFixed(2) : '0'
  const club = pick(random, clubs)
  const who = [`00-00${player}`, name, `${name} Junior`, pick(random, positions), 'OFF', url, season, week]
  return [...who, week > 18 ? 'POST' : 'REG', club, pick(random, clubs), ...counts, ...fractions, points, points].join(',')
}
