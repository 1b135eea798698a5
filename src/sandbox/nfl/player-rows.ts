import { firstSeason } from './calendar.ts'
import { type Club, clubs } from './clubs.ts'
import { type Column, headerOf, rowOf } from './csv.ts'
import type { League } from './league.ts'
import { nameOf, type Player, shortNameOf } from './players.ts'
import { positions } from './positions.ts'

interface KnownPlayer {
  readonly player: Player
  /** Of the last season he was with. */
  readonly club: Club
  readonly year: number
  /** Whether that is the season asked about. */
  readonly playing: boolean
}

/** Everybody who was ever with a club up to a season, once, in the order of his number. */
export function playerRows(league: League, year: number): string[] {
  const known = new Map<Player, KnownPlayer>()
  for (let season = year; season >= firstSeason; season--)
    for (const club of clubs)
      for (const player of league.roster(season, club))
        if (!known.has(player)) known.set(player, { player, club, year: season, playing: season === year })
  return [...known.values()]
    .filter(({ player }) => player.knownToLeague)
    .sort((a, b) => a.player.number - b.player.number)
    .map(entry => rowOf(columns, entry))
}

const descriptions = { ACT: ['A01', 'Active'], DEV: ['P01', 'Practice Squad'], RES: ['R01', 'R/Injured'] } as const

/** In the order of the real file. */
const columns: readonly Column<KnownPlayer>[] = [
  ['status', ({ player, playing }) => (playing ? player.spot.status : 'RET')],
  ['display_name', ({ player }) => nameOf(player)],
  ['first_name', ({ player }) => player.firstName],
  ['last_name', ({ player }) => player.familyName],
  ['esb_id', ({ player }) => player.esbId],
  ['gsis_id', ({ player }) => player.gsisId],
  ['suffix', () => undefined],
  ['birth_date', ({ player }) => player.birthDate],
  ['college_name', ({ player }) => player.college],
  ['position_group', ({ player }) => positions[player.spot.place].group],
  ['position', ({ player }) => positions[player.spot.place].snaps],
  ['jersey_number', ({ player }) => player.jersey],
  ['height', ({ player }) => player.height],
  ['weight', ({ player }) => player.weight],
  ['years_of_experience', ({ player, year }) => year - player.entryYear],
  ['team_abbr', ({ club }) => club.code],
  ['team_seq', () => undefined],
  ['current_team_id', ({ club }) => 100 * club.espnId],
  ['football_name', ({ player }) => player.firstName],
  ['entry_year', ({ player }) => player.entryYear],
  ['rookie_year', ({ player }) => player.entryYear],
  ['draft_club', ({ player }) => player.draft?.club.code],
  ['college_conference', () => undefined],
  ['status_description_abbr', ({ player, playing }) => (playing ? descriptions[player.spot.status][0] : undefined)],
  ['status_short_description', ({ player, playing }) => (playing ? descriptions[player.spot.status][1] : undefined)],
  ['gsis_it_id', ({ player }) => 900_000 + player.number],
  ['short_name', ({ player }) => shortNameOf(player)],
  ['smart_id', ({ player }) => player.smartId],
  ['headshot', ({ player }) => player.headshot],
  ['draft_number', ({ player }) => player.draft?.pick],
  ['uniform_number', ({ player }) => player.jersey],
  ['draft_round', ({ player }) => player.draft && Math.ceil(player.draft.pick / 37)],
  ['season', () => undefined],
]

export const playersHeader = headerOf(columns)
