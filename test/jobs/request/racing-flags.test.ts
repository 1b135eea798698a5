import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/core/config/load.ts'
import { ConfigError, UsageError } from '../../../src/core/errors.ts'
import { type BackfillFlags, toBackfillRequest } from '../../../src/jobs/request/backfill-request.ts'
import { type DailyFlags, toDailyRequest } from '../../../src/jobs/request/daily-request.ts'
import {
  chooseByDatasets,
  chooseLiveSports,
  chooseReferenceSports,
  chooseSports,
  liveNames,
} from '../../../src/jobs/request/sports.ts'
import { at } from '../../support/test-clock.ts'

const now = at('2025-10-07T12:00:00Z')
const account = { RACING_API_USERNAME: 'a', RACING_API_PASSWORD: 'b' }
const settings = async (env: Record<string, string> = {}) =>
  (await loadConfig({ env: { ...account, ...env }, cwd: tmpdir() })).config
const ofPlan = (plan: string) => settings({ SPORTS_INGEST_RACING_PLAN: plan })

const daily = async (flags: Partial<DailyFlags>, plan = 'standard') => {
  const usual = { 'days-back': 1, 'days-ahead': 0, weekly: false, 'catch-up': true, 'dry-run': false, sandbox: false }
  return toDailyRequest({ ...usual, ...flags }, { now, config: await ofPlan(plan) })
}
const backfill = async (flags: Partial<BackfillFlags>, plan = 'standard') => {
  const usual = { sport: 'racing', 'retry-failed': false, restart: false, 'dry-run': false, sandbox: false }
  return toBackfillRequest({ ...usual, ...flags }, { now, config: await ofPlan(plan) })
}
const said = (name: string, message: string, hint?: string) =>
  expect.objectContaining({ name, message, ...(hint ? { hint } : {}) })

test('a dataset that another command loads is named with that command', async () => {
  const use = (command: string, name: string) =>
    [
      UsageError.name,
      `This command does not load ${name} of racing.`,
      `Use sports-ingest ${command} --sport racing --only ${name}.`,
    ] as const
  const sport = ['racing']
  await expect(daily({ sport, only: ['bookmakers'] })).rejects.toEqual(said(...use('schedule reference', 'bookmakers')))
  await expect(backfill({ season: '2025', only: ['courses'] })).rejects.toEqual(said(...use('schedule reference', 'courses')))
  const config = await settings()
  expect(() => chooseReferenceSports(sport, ['results'], { config, sandbox: false })).toThrow(
    said(...use('schedule daily', 'results')),
  )
  const live = chooseLiveSports(sport, { config, sandbox: false })
  expect(() => chooseByDatasets(['courses'], live, liveNames)).toThrow(said(...use('schedule reference', 'courses')))
  expect(chooseByDatasets(['races', 'results'], live, liveNames)).toEqual(live)
})

test('a dataset that the plan does not have is a wrong setting', async () => {
  const wrong = said(
    ConfigError.name,
    'There are no results of racing: the plan basic does not have them.',
    'If the account has a higher plan, set racing.plan to standard or pro.',
  )
  await expect(daily({ sport: ['racing'], only: ['results'] }, 'basic')).rejects.toEqual(wrong)
  await expect(backfill({ season: '2025', only: ['results'] }, 'basic')).rejects.toEqual(wrong)
})

test('days of which the plan has nothing are wrong use where racing is named, and one line where it is not', async () => {
  const lacks = (what: string, plan: string) => `${what}: the plan ${plan} has cards of today and tomorrow only.`
  const usage = (message: string) => said(UsageError.name, message)
  const sport = ['racing']
  const ofDay = lacks('racing has no racecards of 2025-10-01', 'standard')
  await expect(daily({ sport, only: ['racecards'], date: '2025-10-01' })).rejects.toEqual(usage(ofDay))
  const ofSpan = lacks('racing has no racecards of 2025-01-01 to 2025-10-06', 'standard')
  await expect(backfill({ season: '2025', only: ['racecards'] })).rejects.toEqual(usage(ofSpan))
  const ofDays = lacks('racing has no racecards of 2025-10-01 to 2025-10-02', 'basic')
  await expect(backfill({ from: '2025-10-01', to: '2025-10-02' }, 'basic')).rejects.toEqual(usage(ofDays))
  const { sports, ignored } = await daily({ date: '2025-10-01' }, 'basic')
  expect(sports.map(({ id }) => id)).toEqual(['nba', 'nfl'])
  expect(ignored).toEqual([lacks('racing has no racecards of 2025-10-01', 'basic')])
  expect((await backfill({ season: '2025', only: ['racecards'] }, 'pro')).sport.id).toBe('racing')
})

test('days ahead of which there are no cards are told in one line', async () => {
  const sport = ['racing']
  const line = 'racing has no racecards after 2025-10-08: the plan standard has cards of today and tomorrow only.'
  expect(await daily({ sport, 'days-ahead': 3 })).toMatchObject({ ignored: [line], options: { daysAhead: 3 } })
  expect(await daily({ sport, 'days-ahead': 2 })).toMatchObject({ ignored: [] })
  expect(await daily({ sport, 'days-ahead': 3 }, 'pro')).toMatchObject({ ignored: [] })
})

test.each<[string, Partial<BackfillFlags>]>([
  ['since', { since: 'rac_1' }],
  ['chunk-days', { 'chunk-days': 7 }],
])('--%s is said to have no effect on what is loaded day by day', async (flag, flags) => {
  const message = `--${flag} has no effect on racing: racing is loaded day by day, not game by game.`
  await expect(backfill({ season: '2025', ...flags })).rejects.toEqual(said(UsageError.name, message))
})

test('half an account is not passed over, and a missing one is named where nothing else is enabled', async () => {
  const idsOf = async (env: Record<string, string>) =>
    chooseSports([], { config: (await loadConfig({ env, cwd: tmpdir() })).config, sandbox: false }).map(({ id }) => id)
  expect(await idsOf({ RACING_API_USERNAME: 'a' })).toEqual(['nba', 'nfl', 'racing'])
  const off = { SPORTS_INGEST_SPORTS_NBA_ENABLED: 'false', SPORTS_INGEST_SPORTS_NFL_ENABLED: 'false' }
  await expect(idsOf(off)).rejects.toEqual(
    said(
      ConfigError.name,
      'The only sport that is enabled is racing, and it lacks RACING_API_USERNAME and RACING_API_PASSWORD.',
      'Set RACING_API_USERNAME and RACING_API_PASSWORD, or enable another sport.',
    ),
  )
})

test('a region that there is not is a wrong setting', async () => {
  await expect(settings({ SPORTS_INGEST_RACING_REGIONS: 'gb,eire' })).rejects.toMatchObject({
    message: expect.stringContaining('not "eire"'),
    hint: 'did you mean ire?',
  })
  expect((await settings({ SPORTS_INGEST_RACING_REGIONS: 'GB usa' })).racing.regions).toEqual(['gb', 'usa'])
  expect((await settings({ SPORTS_INGEST_RACING_REGIONS: 'all' })).racing.regions).toEqual(['all'])
})
