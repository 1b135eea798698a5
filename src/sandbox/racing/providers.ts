import { addDays, type Day, eachDay } from '../../core/days.ts'
import { dayOf } from '../../core/zones.ts'
import { type Answer, jsonAnswer, type SimulatedProvider } from '../provider.ts'
import { cardOf, type Plan } from './card.ts'
import { courses, regions } from './courses.ts'
import { createRacing, type Racing } from './league.ts'
import { BadQuery, dayIn, inRegions, pageOf, refusal } from './query.ts'
import { hasResult, resultOf } from './result.ts'
import { firstDay, ukZone } from './uk.ts'

/** The simulated Racing API. It asks for no account: its clients have none. */
export function createSimulatedRacing(seed: number): readonly SimulatedProvider[] {
  const racing = createRacing(seed)
  return [
    {
      id: 'the-racing-api',
      host: 'api.theracingapi.com',
      answer(path, query, now) {
        try {
          return answerTo(racing, path, query, now.getTime())
        } catch (error) {
          if (!(error instanceof BadQuery)) throw error
          return refusal(error)
        }
      },
      missing: () => ({ ...jsonAnswer({ detail: 'Not Found' }), status: 404 }),
    },
  ]
}

function answerTo(racing: Racing, path: string, query: URLSearchParams, now: number): Answer | undefined {
  if (path === '/v1/results') return resultsAnswer(racing, query, now)
  const plan = /^\/v1\/racecards\/(free|basic|standard|pro)$/.exec(path)?.[1] as Plan | undefined
  if (plan) return cardsAnswer(racing, plan, query, now)
  if (path === '/v1/courses') return coursesAnswer(query)
  return path === '/v1/courses/regions' ? jsonAnswer(regions) : undefined
}

const today = (now: number): Day => dayOf(new Date(now), ukZone)

/** The newest first. */
function resultsAnswer({ seed, races, field }: Racing, query: URLSearchParams, now: number): Answer {
  const to = dayIn(query, 'end_date', today(now))
  const from = dayIn(query, 'start_date', addDays(to, -365))
  if (from < addDays(to, -365))
    throw new BadQuery('start_date', 'maximum range between start and end date is 365 days', 'value_error')
  const isWanted = inRegions(query, 'region')
  const found = eachDay(from, to)
    .filter(day => day >= firstDay && day <= today(now))
    .flatMap(races)
    .filter(race => hasResult(race, now) && isWanted(race.meeting.course.region))
    .reverse()
  const limits = { most: 100, usual: 50, furthest: 20_000 }
  return pageOf('results', found, query, limits, race => resultOf(seed, race, field(race), now))
}

/** How far ahead, and since when, the plan pro has cards. */
const furthestCards = 7
const firstCards: Day = '2023-01-23'

/** The day whose cards are asked for. */
function cardDay(plan: Plan, query: URLSearchParams, now: number): Day {
  if (plan === 'pro') return dayIn(query, 'date', today(now))
  const day = query.get('day') ?? 'today'
  if (day !== 'today' && day !== 'tomorrow')
    throw new BadQuery('day', 'string does not match regex "^(today|tomorrow)$"', 'value_error.str.regex')
  return addDays(today(now), day === 'today' ? 0 : 1)
}

function cardsAnswer({ seed, races, field }: Racing, plan: Plan, query: URLSearchParams, now: number): Answer {
  const day = cardDay(plan, query, now)
  const isWanted = inRegions(query, 'region_codes')
  const isKnown = day >= firstCards && day <= addDays(today(now), furthestCards)
  const found = (plan !== 'pro' || isKnown ? races(day) : []).filter(
    race => race.declaredAt <= now && isWanted(race.meeting.course.region),
  )
  const limits = { most: 500, usual: 500, furthest: 500 }
  return pageOf('racecards', found, query, limits, race => cardOf(seed, race, field(race), plan, now))
}

function coursesAnswer(query: URLSearchParams): Answer {
  const isWanted = inRegions(query, 'region_codes')
  const names = new Map(regions.map(({ region, region_code }) => [region_code.toUpperCase(), region]))
  const found = courses
    .filter(({ region }) => isWanted(region))
    .map(({ id, listed, region }) => ({ id, course: listed, region_code: region.toLowerCase(), region: names.get(region) }))
  return jsonAnswer({ courses: found, total: found.length })
}
