import type { TeamRow } from '../../pipeline/rows.ts'
import { nfldata } from '../../providers/nfldata.ts'

/** The league's days and times are Eastern. */
export const zone = 'America/New_York'

/** The 32 clubs by the codes nflverse uses today: city and name. */
const clubs: Readonly<Record<string, readonly [string, string]>> = {
  ARI: ['Arizona', 'Cardinals'],
  ATL: ['Atlanta', 'Falcons'],
  BAL: ['Baltimore', 'Ravens'],
  BUF: ['Buffalo', 'Bills'],
  CAR: ['Carolina', 'Panthers'],
  CHI: ['Chicago', 'Bears'],
  CIN: ['Cincinnati', 'Bengals'],
  CLE: ['Cleveland', 'Browns'],
  DAL: ['Dallas', 'Cowboys'],
  DEN: ['Denver', 'Broncos'],
  DET: ['Detroit', 'Lions'],
  GB: ['Green Bay', 'Packers'],
  HOU: ['Houston', 'Texans'],
  IND: ['Indianapolis', 'Colts'],
  JAX: ['Jacksonville', 'Jaguars'],
  KC: ['Kansas City', 'Chiefs'],
  LA: ['Los Angeles', 'Rams'],
  LAC: ['Los Angeles', 'Chargers'],
  LV: ['Las Vegas', 'Raiders'],
  MIA: ['Miami', 'Dolphins'],
  MIN: ['Minnesota', 'Vikings'],
  NE: ['New England', 'Patriots'],
  NO: ['New Orleans', 'Saints'],
  NYG: ['New York', 'Giants'],
  NYJ: ['New York', 'Jets'],
  PHI: ['Philadelphia', 'Eagles'],
  PIT: ['Pittsburgh', 'Steelers'],
  SEA: ['Seattle', 'Seahawks'],
  SF: ['San Francisco', '49ers'],
  TB: ['Tampa Bay', 'Buccaneers'],
  TEN: ['Tennessee', 'Titans'],
  WAS: ['Washington', 'Commanders'],
}

/**
 * Other codes of clubs: before they moved (games.csv, rosters), with the last season in which the code was used; and those that are still
 * used at ESPN and in the league's own rosters.
 */
const otherCodes: Readonly<Record<string, readonly [club: string, until?: number]>> = {
  STL: ['LA', 2015],
  SL: ['LA', 2015],
  SD: ['LAC', 2016],
  OAK: ['LV', 2019],
  JAC: ['JAX'],
  LAR: ['LA'],
  WSH: ['WAS'],
  ARZ: ['ARI'],
  BLT: ['BAL'],
  CLV: ['CLE'],
  HST: ['HOU'],
}

/**
 * The club that a code stands for in a season, or today. Current codes are valid for every season, because player statistics use them for
 * all; a former one (`STL`) only for the seasons in which it was used.
 * @returns undefined for a code that was not in use then
 */
export function clubOf(code: string, season = Number.POSITIVE_INFINITY): string | undefined {
  if (Object.hasOwn(clubs, code)) return code
  const [club, until = season] = (Object.hasOwn(otherCodes, code) && otherCodes[code]) || []
  return season <= until ? club : undefined
}

/** Every code there is, with its club and the last season in which it was used, where it is not used any more. */
export const clubCodes: readonly { code: string; club: string; until: number | null }[] = [
  ...Object.keys(clubs).map(code => ({ code, club: code, until: null })),
  ...Object.entries(otherCodes).map(([code, [club, until = null]]) => ({ code, club, until })),
]

/** The row of a club. */
export function toTeam(club: string): TeamRow {
  const [city, name] = clubs[club] as readonly [string, string]
  return { sport: 'nfl', provider: nfldata.id, providerId: club, name, city, abbreviation: club }
}
