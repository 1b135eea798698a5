import { type ProviderServer, type Reply, reply, startProviderServer } from './provider-server.ts'

/** A race as the API sends it, in cards or in results. */
export type SentRace = Record<string, unknown> & { race_id: string; date: string; region: string; runners: SentRunner[] }
export type SentRunner = Record<string, unknown> & { horse_id: string; horse: string }

/** An account and what the API has, by day. It may change between runs. */
export interface HandMadeRacing {
  results: Record<string, SentRace[]>
  cards: Record<string, SentRace[]>
  /** How many races a page has; 2 where missing. */
  pageSize?: number
  /** How many races a day of results is said to have, where that is not the number of its races. */
  totals?: Record<string, number>
  courses?: { id: string; course: string; region_code: string; region: string }[]
  /** What the account pays for; every endpoint where missing. */
  plan?: 'free' | 'basic' | 'standard' | 'pro'
  /** Another user or password is refused. */
  account?: string
  /** The day it is there, for `day=today`. */
  today?: string
  /** What is sent instead; undefined for the usual answer. */
  instead?: (path: string, earlier: number) => Reply | undefined | Promise<Reply | undefined>
}

const idOf = (prefix: string, n: number) => `${prefix}_${100 + n}`

/** The nth horse, whose people have the same number. */
export const horse = (n: number, more: object = {}): SentRunner => ({
  horse_id: idOf('hrs', n),
  horse: `Horse ${n} (IRE)`,
  age: '5',
  draw: String(n),
  headgear: '',
  jockey: `Rider ${n}`,
  jockey_id: idOf('jky', n),
  trainer: `Trainer ${n}`,
  trainer_id: idOf('trn', n),
  owner: `Owner ${n}`,
  owner_id: idOf('own', n),
  sire: 'Old Sire (GB)',
  sire_id: idOf('sir', 1),
  dam: `Dam ${n} (FR)`,
  dam_id: idOf('dam', n),
  damsire: 'Older Sire',
  damsire_id: idOf('dsi', 1),
  ...more,
})

/** A horse that was placed nth. */
export const placed = (n: number, place: number | string = n, more: object = {}): SentRunner =>
  horse(n, {
    ...{ number: String(n), position: String(place), sp: `${n + 1}/1`, sp_dec: `${n + 2}.00`, btn: place === 1 ? '0' : '1.5' },
    ...{
      ovr_btn: typeof place === 'number' ? String(1.5 * (place - 1)) : '-',
      sex: 'G',
      weight: '9-2',
      weight_lbs: '128',
      time: '1:43.25',
    },
    ...{ or: '70', rpr: '–', tsr: '–', prize: place === 1 ? '3245.08' : '', jockey_claim_lbs: '0', comment: 'Ran on' },
    ...more,
  })

/** A horse on a card. */
export const declared = (n: number, more: object = {}): SentRunner =>
  horse(n, {
    ...{
      horse: `Horse ${n}`,
      region: 'IRE',
      sire: 'Old Sire',
      sire_region: 'GB',
      dam: `Dam ${n}`,
      dam_region: 'FR',
      sex_code: 'G',
    },
    ...{ number: String(n), lbs: '128', ofr: '70', rpr: '-', ts: '-', odds: [price('Bet One', `${n + 1}/1`, String(n + 2))] },
    ...more,
  })

export const price = (bookmaker: string, fractional: string, decimal: string) => ({
  ...{ bookmaker, fractional, decimal, ew_places: '3', ew_denom: '5' },
  updated: '2025-10-07 12:00:00',
})

const common = (day: string, n: number) => ({
  ...{
    race_id: `rac_${day.replaceAll('-', '')}${n}`,
    date: day,
    region: 'GB',
    course: 'Seaview (AW)',
    course_id: idOf('crs', 1),
  },
  ...{
    race_name: `Race ${n}`,
    type: 'Flat',
    pattern: '',
    rating_band: '0-60',
    age_band: '3yo+',
    going: 'Standard',
    surface: 'AW',
  },
  jumps: '',
})

const offOf = (day: string, n: number) => `${day}T${14 + (Math.floor(n / 2) % 8)}:${n % 2 ? '35' : '00'}:00+00:00`

/** The nth race of a day, of three runners. */
export const result = (day: string, n: number, more: object = {}): SentRace => ({
  ...common(day, n),
  ...{
    off: '2:35',
    off_dt: offOf(day, n),
    class: 'Class 6',
    sex_rest: '',
    dist: '1m',
    dist_y: '1773',
    dist_m: '1621',
    dist_f: '8f',
  },
  ...{
    winning_time_detail: '1m 43.25s',
    comments: '',
    non_runners: '',
    tote_win: '£3.25',
    tote_pl: '£1.70 £1.20',
    tote_ex: '£6.20',
  },
  ...{ tote_csf: '£6.54', tote_tricast: '', tote_trifecta: '£15.20', runners: [1, 2, 3].map(i => placed(3 * n + i, i)) },
  ...more,
})

/** The same race before it is off. */
export const card = (day: string, n: number, more: object = {}): SentRace => ({
  ...common(day, n),
  ...{
    off_time: '2:35',
    off_dt: offOf(day, n),
    race_class: 'Class 6',
    sex_restriction: '',
    distance: '1m',
    distance_round: '1m',
  },
  ...{ distance_f: '8.0', prize: '£5,000', field_size: '3', big_race: false, is_abandoned: false },
  runners: [1, 2, 3].map(i => declared(3 * n + i)),
  ...more,
})

/** What each plan may ask for, beside what the plans below it may. */
const plans = ['free', 'basic', 'standard', 'pro']
const wanted = (path: string) =>
  path.startsWith('/v1/results') ? 'standard' : (/^\/v1\/racecards\/(\w+)/.exec(path)?.[1] ?? 'free')

/** Serves it on loopback. */
export function startHandMadeRacing(api: HandMadeRacing): Promise<ProviderServer> {
  return startProviderServer(async ({ path, headers, earlier }) => {
    const expected = `Basic ${Buffer.from(api.account ?? 'user:pass').toString('base64')}`
    if (headers.authorization !== expected) return reply(401, {}, { detail: 'Not authenticated' })
    if (api.plan && plans.indexOf(wanted(path)) > plans.indexOf(api.plan)) return reply(401, {}, { detail: 'Unauthorized' })
    return (await api.instead?.(path, earlier)) ?? answerTo(api, new URL(path, 'http://loopback'))
  })
}

function answerTo(api: HandMadeRacing, { pathname, searchParams: query }: URL): Reply | undefined {
  const page = (name: string, all: readonly SentRace[], total = all.length) => {
    const [limit, skip] = [Math.min(Number(query.get('limit')), api.pageSize ?? 2), Number(query.get('skip'))]
    return reply(200, {}, { [name]: all.slice(skip, skip + limit), total, limit, skip, query: [...query] })
  }
  const ofRegions = (name: string, all: readonly SentRace[] = []) => {
    const regions = query.getAll(name).map(code => code.toUpperCase())
    return all.filter(({ region }) => regions.length === 0 || regions.includes(region))
  }
  if (pathname === '/v1/results') {
    const day = query.get('start_date') ?? ''
    return page('results', ofRegions('region', api.results[day]), api.totals?.[day])
  }
  if (pathname.startsWith('/v1/racecards/')) {
    const today = api.today ?? ''
    const tomorrow = new Date(Date.parse(today) + 86_400_000).toISOString().slice(0, 10)
    const day = query.get('date') ?? (query.get('day') === 'today' ? today : tomorrow)
    return page('racecards', ofRegions('region_codes', api.cards[day]))
  }
  if (pathname === '/v1/courses') return reply(200, {}, { courses: api.courses ?? [], total: api.courses?.length ?? 0 })
  if (pathname === '/v1/courses/regions') return reply(200, {}, [{ region: 'Great Britain', region_code: 'gb' }])
  return undefined
}
