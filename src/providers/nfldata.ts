import type { ProviderDeclaration } from './declaration.ts'

/** Files in nflverse's repositories: games.csv, which is written every five minutes in the season, and statistics of before 2022. */
export const nfldata: ProviderDeclaration = {
  id: 'nfldata',
  baseUrl: 'https://raw.githubusercontent.com',
  probe: { path: () => gamesPath, isFile: true },
  headers: {},
}

export const gamesPath = '/nflverse/nfldata/master/data/games.csv'

/** Weekly statistics as they were published before 2022: 43 to 48 columns, and `NA` for what is missing. */
export const formerStatsPath = (season: string): string =>
  `/nflverse/nflfastR-data/master/data/player_stats/player_stats_${season}.csv.gz`

/** Kickers' weeks as they were published before 2022. */
export const formerKickingPath = (season: string): string =>
  `/nflverse/nflfastR-data/master/data/player_stats_kicking/player_stats_kicking_${season}.csv.gz`
