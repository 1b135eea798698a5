import type { RacingPlan } from '../core/config/config.ts'
import type { Day } from '../core/days.ts'
import { CredentialsError, ProviderRejectedError } from '../core/errors.ts'
import type { ProviderDeclaration } from './declaration.ts'

const id = 'the-racing-api'

const whereToSet = 'Set RACING_API_USERNAME and RACING_API_PASSWORD, or racing.username and racing.password in the settings file.'

/**
 * The Racing API. 2 requests a second for an account, of which free endpoints take 1: the documents of 2025 say 2 for all, those of 2026
 * 1, 2 or 5 by endpoint, and the lowest holds with both.
 */
export const racingApi: ProviderDeclaration = {
  id,
  baseUrl: 'https://api.theracingapi.com',
  // In every plan.
  probe: { path: () => regionsPath, isFile: false },
  headers: {},
  ratePerSecond: ({ racing }) => racing.ratePerSecond,
  slower: {
    isMeant: path => /^\/v1\/(courses\b|racecards\/free\b)/.test(path),
    ratePerSecond: ({ racing }) => racing.freeRatePerSecond,
  },
  account({ racing: { username, password } }) {
    if (username && password) return { username: username.reveal(), password: password.reveal() }
    throw new CredentialsError(`${id} wants an account, and ${username ? 'its password' : 'its username'} is not set.`, {
      hint: whereToSet,
    })
  },
  remedyFor,
  // 401 stands for both; what every plan may ask for tells which it is.
  async explainRefusal(path, { racing: { plan } }, { ask, hasAnswered }) {
    const endpoint = path.replace(/\?.*$/, '')
    const notAccepted = (cause?: unknown) =>
      new CredentialsError(`${id} does not accept the username and password.`, { hint: whereToSet, cause })
    if (endpoint === regionsPath) return notAccepted()
    try {
      await ask(regionsPath)
    } catch (error) {
      if (error instanceof ProviderRejectedError && error.status === 401) return notAccepted(error)
      throw error
    }
    if (hasAnswered) return undefined
    return new CredentialsError(`${id} accepts the account, but ${endpoint} is not in its plan; racing.plan is ${plan}.`, {
      hint: 'Set racing.plan to what the account pays for, or leave the dataset out with --only.',
    })
  },
}

/** A page of results that is larger than the server allows: 50 races by the documents of 2025, 100 by those of 2026. */
function remedyFor(message: string, path: string): string | undefined {
  if (!path.startsWith('/v1/results') || !/\blimit\b/.test(message.replace(/ to GET .*/, ''))) return undefined
  const most = /less than or equal to (\d+)/.exec(message)?.[1]
  return `Set racing.page_size to ${most ? `${most} or less` : 'a lower number, such as 50'}.`
}

/** The most for a page of cards. */
const cardsLimit = 500

const withRegions = (name: string, regions: readonly string[]): string => regions.map(region => `&${name}=${region}`).join('')

/** The first page of the results of a day; of all regions where none is named. Wants the plan standard. */
export const resultsPath = (day: Day, regions: readonly string[], pageSize: number): string =>
  `/v1/results?start_date=${day}&end_date=${day}${withRegions('region', regions)}&limit=${pageSize}&skip=0`

/**
 * The first page of the cards of a day. Only the plan pro takes any day from 2023-01-23 up to a week ahead; others have today and tomorrow.
 */
export function cardsPath(plan: RacingPlan, day: Day, dayName: 'today' | 'tomorrow', regions: readonly string[]): string {
  const which = plan === 'pro' ? `date=${day}` : `day=${dayName}`
  return `/v1/racecards/${plan}?${which}${withRegions('region_codes', regions)}&limit=${cardsLimit}&skip=0`
}

/** The first day of which there are cards. */
export const firstCards: Day = '2023-01-23'

export const coursesPath = (regions: readonly string[]): string =>
  regions.length === 0 ? '/v1/courses' : `/v1/courses?${withRegions('region_codes', regions).slice(1)}`

/** In every plan. */
export const regionsPath = '/v1/courses/regions'
