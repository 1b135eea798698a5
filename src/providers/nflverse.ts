import type { ProviderDeclaration } from './declaration.ts'

/**
 * nflverse's release files (CC-BY-4.0). github.com answers with a redirect to a storage host, which sends the file; both count as
 * requests. No key, and no published limit; two requests a second have never been refused.
 */
export const nflverse: ProviderDeclaration = {
  id: 'nflverse',
  baseUrl: 'https://github.com',
  probe: { path: () => releasePath('players/players.csv.gz'), isFile: true },
  headers: {},
}

/** `stats_player/stats_player_week_2024.csv.gz` of the release of that tag. */
export const releasePath = (file: string): string => `/nflverse/nflverse-data/releases/download/${file}`
