import type { Config } from '../../core/config/config.ts'
import type { RequestDataset } from '../../pipeline/dataset.ts'
import type { Sport } from '../../pipeline/sport.ts'
import { racingApi } from '../../providers/the-racing-api.ts'
import { bookmakerDataset, courseDataset, type RacingSettings, racecards, results } from './datasets.ts'
import { raceTable } from './events.ts'
import { racingPerformances } from './performances.ts'
import { racingRules } from './quality.ts'
import { zone } from './read-values.ts'

/** Plans that have results, and odds on the cards. */
const hasOdds = ({ plan }: RacingSettings): boolean => plan === 'standard' || plan === 'pro'

const paid = (settings: RacingSettings, ...datasets: RequestDataset[]): RequestDataset[] => (hasOdds(settings) ? datasets : [])

const withheldBy = ({ plan }: RacingSettings) => ({
  why: `the plan ${plan} does not have them`,
  hint: 'If the account has a higher plan, set racing.plan to standard or pro.',
})

/** Horse racing: cards before the races, results after them, both by day. */
const racingWith = (settings: RacingSettings): Sport => ({
  id: 'racing',
  zone,
  providers: [racingApi],
  // Both codes change the year with the calendar's, whatever their own seasons are called.
  seasons: { first: 1988, turn: '01-01', label: String },
  events: raceTable,
  datasets: [racecards(settings), courseDataset(settings), ...paid(settings, results(settings), bookmakerDataset(settings))],
  withheld: hasOdds(settings) ? [] : ['results', 'bookmakers'].map(name => ({ name, ...withheldBy(settings) })),
  derivations: [],
  values: [],
  quality: racingRules({ hasEntities: settings.hasEntities, hasResults: hasOdds(settings) }),
  settledBy: 'run',
  performances: racingPerformances,
  live: {
    by: 'day',
    provider: racingApi,
    dataset: 'races',
    datasets: [racecards(settings), ...paid(settings, results(settings))],
    usualHours: [{ weekdays: [0, 1, 2, 3, 4, 5, 6], from: '11:30', to: '21:30' }],
    typicalMs: 15 * 60_000,
  },
  withSettings: ({ racing, features }: Config) =>
    racingWith({
      plan: racing.plan,
      pageSize: racing.pageSize,
      regions: racing.regions.includes('all') ? [] : racing.regions,
      hasEntities: !features.skipEntityExtraction,
    }),
  // Half an account is a mistake, which the provider tells when it is opened.
  lacks: ({ racing: { username, password }, providers }) =>
    username || password || providers['the-racing-api']?.url ? undefined : 'RACING_API_USERNAME and RACING_API_PASSWORD',
})

export const racing = racingWith({
  plan: 'standard',
  regions: ['gb', 'ire'],
  pageSize: 100,
  hasEntities: true,
})
