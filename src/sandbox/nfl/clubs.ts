/** One of the 32 clubs, which here have played since 1999. Codes, names and divisions are the league's; all else about them is invented. */
export interface Club {
  /** As nflverse writes it: `WAS`, `LA`. */
  readonly code: string
  /** As ESPN writes it: `WSH`, `LAR`. */
  readonly espnCode: string
  readonly espnId: number
  /** As Pro Football Reference writes it, in lower case: `nwe`. */
  readonly siteCode: string
  readonly city: string
  readonly name: string
  readonly conference: 'AFC' | 'NFC'
  /** 0 to 7; four clubs each. */
  readonly division: number
  readonly roof: 'outdoors' | 'dome' | 'closed'
  readonly surface: 'grass' | 'fieldturf'
  readonly stadium: string
  /** Plays on Pacific or Mountain time, so its Sunday games begin later in the East. */
  readonly western: boolean
}

type Facts = [code: string, espnId: number, siteCode: string, city: string, name: string, marks: string]

// Marks: d dome, c closed, t fieldturf, w western. By divisions: AFC East, North, South, West, then NFC.
const facts: readonly Facts[] = [
  ['BUF', 2, 'buf', 'Buffalo', 'Bills', 't'],
  ['MIA', 15, 'mia', 'Miami', 'Dolphins', ''],
  ['NE', 17, 'nwe', 'New England', 'Patriots', 't'],
  ['NYJ', 20, 'nyj', 'New York', 'Jets', 't'],
  ['BAL', 33, 'rav', 'Baltimore', 'Ravens', ''],
  ['CIN', 4, 'cin', 'Cincinnati', 'Bengals', 't'],
  ['CLE', 5, 'cle', 'Cleveland', 'Browns', ''],
  ['PIT', 23, 'pit', 'Pittsburgh', 'Steelers', ''],
  ['HOU', 34, 'htx', 'Houston', 'Texans', 'ct'],
  ['IND', 11, 'clt', 'Indianapolis', 'Colts', 'ct'],
  ['JAX', 30, 'jax', 'Jacksonville', 'Jaguars', ''],
  ['TEN', 10, 'oti', 'Tennessee', 'Titans', ''],
  ['DEN', 7, 'den', 'Denver', 'Broncos', 'w'],
  ['KC', 12, 'kan', 'Kansas City', 'Chiefs', ''],
  ['LAC', 24, 'sdg', 'Los Angeles', 'Chargers', 'dtw'],
  ['LV', 13, 'rai', 'Las Vegas', 'Raiders', 'dw'],
  ['DAL', 6, 'dal', 'Dallas', 'Cowboys', 'ct'],
  ['NYG', 19, 'nyg', 'New York', 'Giants', 't'],
  ['PHI', 21, 'phi', 'Philadelphia', 'Eagles', ''],
  ['WAS', 28, 'was', 'Washington', 'Commanders', ''],
  ['CHI', 3, 'chi', 'Chicago', 'Bears', ''],
  ['DET', 8, 'det', 'Detroit', 'Lions', 'dt'],
  ['GB', 9, 'gnb', 'Green Bay', 'Packers', ''],
  ['MIN', 16, 'min', 'Minnesota', 'Vikings', 'dt'],
  ['ATL', 1, 'atl', 'Atlanta', 'Falcons', 'ct'],
  ['CAR', 29, 'car', 'Carolina', 'Panthers', ''],
  ['NO', 18, 'nor', 'New Orleans', 'Saints', 'dt'],
  ['TB', 27, 'tam', 'Tampa Bay', 'Buccaneers', ''],
  ['ARI', 22, 'crd', 'Arizona', 'Cardinals', 'cw'],
  ['LA', 14, 'ram', 'Los Angeles', 'Rams', 'dtw'],
  ['SEA', 26, 'sea', 'Seattle', 'Seahawks', 'tw'],
  ['SF', 25, 'sfo', 'San Francisco', '49ers', 'w'],
]

/** Codes of clubs before they moved, and the last season of each. */
const formerCodes: Readonly<Record<string, readonly [code: string, until: number]>> = {
  LA: ['STL', 2015],
  LAC: ['SD', 2016],
  LV: ['OAK', 2019],
}

/** The code of a club in a season: in the list of games, rosters, injuries and snap counts. Statistics have today's for all of them. */
export function codeIn({ code }: Club, season: number): string {
  const [former, until = 0] = formerCodes[code] ?? []
  return former && season <= until ? former : code
}

const espnCodes: Readonly<Record<string, string>> = { WAS: 'WSH', LA: 'LAR' }

export const clubs: readonly Club[] = facts.map(([code, espnId, siteCode, city, name, marks], index) => ({
  code,
  espnCode: espnCodes[code] ?? code,
  espnId,
  siteCode,
  city,
  name,
  conference: index < facts.length / 2 ? 'AFC' : 'NFC',
  division: Math.floor(index / 4),
  roof: marks.includes('d') ? 'dome' : marks.includes('c') ? 'closed' : 'outdoors',
  surface: marks.includes('t') ? 'fieldturf' : 'grass',
  stadium: `${name} Field`,
  western: marks.includes('w'),
}))
