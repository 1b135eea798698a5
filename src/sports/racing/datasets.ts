import type { RacingPlan } from '../../core/config/config.ts'
import { addDays, type Day } from '../../core/days.ts'
import { PayloadError } from '../../core/errors.ts'
import { linesOf } from '../../pipeline/coverage.ts'
import type { Ask, RequestDataset, Scope, Transformed } from '../../pipeline/dataset.ts'
import { emptyItem, type Item } from '../../pipeline/item.ts'
import type { Finding } from '../../pipeline/rows.ts'
import { byDay, once } from '../../pipeline/seasons.ts'
import { cardsPath, coursesPath, firstCards, racingApi, regionsPath, resultsPath } from '../../providers/the-racing-api.ts'
import { readPayload } from '../read-payload.ts'
import { toCard } from './card.ts'
import { cardsPage, courseList, regionList, resultsPage } from './payload.ts'
import { listLacking, lookbackDays, toResult } from './result.ts'
import { bookmakers, courses, racingRegions, runners } from './tables.ts'

export interface RacingSettings {
  plan: RacingPlan
  /** Codes in lower case; all regions where empty. */
  regions: readonly string[]
  /** Races on a page of results. */
  pageSize: number
  /** Whether horses, people and courses are stored beside the runners. */
  hasEntities: boolean
}

const provider = racingApi.id

/** What the datasets have in common. */
const base = {
  read: 'requests' as const,
  provider,
  coverage: [],
  lookbackDays: 0,
  standing: 'final' as const,
  mayBeMissing: () => false,
}

const malformed = (dataset: string) => `${provider} sent an invalid page of ${dataset}`

const dayName = (day: Day, today: Day) => (day === today ? 'today' : 'tomorrow')

/** Days ahead of which there are cards. */
const furthestCards = 7

/** The days of which the plan has cards. */
const cardReach = (plan: RacingPlan, today: Day) =>
  plan === 'pro'
    ? { from: firstCards, to: addDays(today, furthestCards), why: `cards begin with ${firstCards} and end a week ahead` }
    : { from: today, to: addDays(today, 1), why: `the plan ${plan} has cards of today and tomorrow only` }

/** Those of the days asked for, and of today and tomorrow, of which the plan has cards. */
function cardDays(plan: RacingPlan, { today, days, upcoming = [] }: Scope): Day[] {
  const wanted = new Set([...days, ...upcoming])
  const { from, to } = cardReach(plan, today)
  return [...wanted].filter(day => day >= from && day <= to).sort()
}

/** The page behind the one with this envelope; undefined behind the last. */
function nextSkip(count: number, { total, skip }: { total: number; skip: number }): number | undefined {
  const next = skip + count
  return count > 0 && next < total ? next : undefined
}

const withSkip = ({ path }: Ask, skip: number): Ask => ({ path: path.replace(/skip=\d+$/, `skip=${skip}`) })

/** The results of a day: of yesterday, and again of days whose results may have been corrected. */
export const results = ({ regions, pageSize, hasEntities }: RacingSettings): RequestDataset => ({
  ...base,
  name: 'results',
  cadence: ['daily'],
  coverage: [linesOf(runners, 'raceId', 1, 'runnerCount')],
  units: scope => byDay(scope).filter(({ key }) => key < scope.today),
  lookbackDays,
  // Great Britain and Ireland have up to 80 races a day, which are one page; the world has 150 to 250.
  usualPages: regions.length === 0 ? 2 : 1,
  price: (from, today) =>
    `the plan standard${from < addDays(today, -365) ? `, and the add-on for results before ${addDays(today, -365)}` : ''}`,
  listIncomplete: (sql, told, about) => listLacking(sql, told, { ...about, regions }),
  requests: ({ key }) => [{ path: resultsPath(key, regions, pageSize) }],
  next(ask, answer) {
    const page = readPayload(resultsPage, answer, malformed('results'))
    const skip = nextSkip(page.results?.length ?? 0, page)
    return skip === undefined ? undefined : withSkip(ask, skip)
  },
  transform(answer, { path }): Transformed {
    const { results: races, total } = readPayload(resultsPage, answer, malformed('results'))
    const read = toResult('results', hasEntities)
    return { items: (races ?? []).map(entry => ofDay('results', path, entry, read(entry))), expected: total }
  },
})

/**
 * A race of another date than was asked for contradicts itself: it is a dead letter of the day that was asked for. What the provider calls
 * today is its own matter.
 */
function ofDay(dataset: string, path: string, entry: Record<string, unknown>, item: Item): Item {
  const day = /[?&](?:start_)?date=([\d-]+)/.exec(path)?.[1]
  if (!item.event || day === undefined || item.day === day) return item
  const error = new PayloadError(`Race ${item.id} was sent with the ${dataset} of ${day}, and its date is ${item.day}.`)
  const payload = Buffer.from(JSON.stringify(entry))
  return { ...emptyItem(item.id, day), failures: [{ dataset, stage: 'transform', error, payload, isRefused: false }] }
}

/** The cards of today and tomorrow, and of days further ahead or long over where the plan has them. */
export const racecards = ({ plan, regions, hasEntities }: RacingSettings): RequestDataset => ({
  ...base,
  name: 'racecards',
  cadence: ['daily'],
  standing: 'provisional',
  reach: today => cardReach(plan, today),
  price: () => `the plan ${plan}`,
  units: scope => cardDays(plan, scope).map(day => ({ key: day, from: day, to: day, season: undefined })),
  requests: ({ key }, { today }) =>
    cardDays(plan, { today, days: [key], seasons: [] }).map(day => ({
      path: cardsPath(plan, day, dayName(day, today), regions),
    })),
  next(ask, answer) {
    const page = readPayload(cardsPage, answer, malformed('racecards'))
    const skip = nextSkip(page.racecards?.length ?? 0, page)
    return skip === undefined ? undefined : withSkip(ask, skip)
  },
  transform(answer, { path }): Transformed {
    const { racecards: races, total } = readPayload(cardsPage, answer, malformed('racecards'))
    const all = races ?? []
    const known = plan === 'free' ? all.filter(hasIds) : all
    const read = toCard('racecards', hasEntities)
    const items = known.map(entry => ofDay('racecards', path, entry, read(entry)))
    return known.length < all.length
      ? { items, findings: [withoutIds(all, all.length - known.length)] }
      : { items, expected: total }
  },
})

/** Of the plan free, cards of 2025 have names and no ids, those of 2026 have both. Nothing joins by names. */
const hasIds = ({ race_id, runners }: Record<string, unknown>): boolean =>
  typeof race_id === 'string' &&
  race_id !== '' &&
  (!Array.isArray(runners) || runners.every(runner => typeof (runner as { horse_id?: unknown } | null)?.horse_id === 'string'))

const withoutIds = (all: readonly Record<string, unknown>[], count: number): Finding => ({
  item: String(all[0]?.['date'] ?? ''),
  check: 'no-ids',
  message: `${count} of ${all.length} races of the racecards have no ids, and are not stored. The plan free does not always have them; set racing.plan to what the account pays for.`,
})

/** The list of courses, with names of their own. */
export const courseDataset = ({ regions }: RacingSettings): RequestDataset => ({
  ...base,
  name: 'courses',
  cadence: ['reference'],
  units: once,
  requests: () => [{ path: coursesPath(regions) }, { path: regionsPath }],
  transform(answer, { path }): Transformed {
    if (path === regionsPath) {
      const regionsSent = readPayload(regionList, answer, malformed('regions'))
      const rows = regionsSent.map(({ region, region_code }) => ({
        provider,
        providerId: region_code.toUpperCase(),
        name: region,
      }))
      return { tables: [{ table: racingRegions, rows }] }
    }
    const { courses: sent, total } = readPayload(courseList, answer, malformed('courses'))
    if (sent.length < total) throw new PayloadError(`${provider} says that there are ${total} courses, and sent ${sent.length}.`)
    const rows = sent.map(({ id, course, region_code }) => {
      return { provider, providerId: id, name: course, region: region_code?.toUpperCase() ?? null, isListed: true }
    })
    return { tables: [{ table: courses, rows }] }
  },
})

/** There is no list of bookmakers: they are those that have given a price for a race of today or tomorrow. */
export const bookmakerDataset = (settings: RacingSettings): RequestDataset => ({
  ...racecards(settings),
  name: 'bookmakers',
  cadence: ['reference'],
  standing: 'final',
  units: once,
  requests: (_, { today }) =>
    (['today', 'tomorrow'] as const).map((name, i) => ({
      path: cardsPath(settings.plan, addDays(today, i), name, settings.regions),
    })),
  transform(answer): Transformed {
    const { racecards: races } = readPayload(cardsPage, answer, malformed('racecards'))
    const items = (races ?? []).map(toCard('bookmakers', false))
    return { tables: items.flatMap(({ tables }) => tables.filter(({ table }) => table === bookmakers)) }
  },
})
