import { expect, test } from 'vitest'
import { card, type HandMadeRacing, result } from '../support/hand-made-racing.ts'
import { reply } from '../support/provider-server.ts'
import { startRacingWorld } from '../support/racing-world.ts'

const [day, next, later] = ['2025-10-06', '2025-10-07', '2025-10-08'] as const
const noon = (of: string) => `${of}T12:00:00Z`

/** At noon of the 7th. */
const asOf = (more: Partial<HandMadeRacing> = {}): HandMadeRacing => ({
  results: { [day]: [1, 2, 3].map(n => result(day, n)) },
  cards: { [next]: [card(next, 1)], [later]: [card(later, 1)] },
  today: next,
  ...more,
})

const page = () => reply(200, { 'content-type': 'text/html' }, '<html><body>Down for maintenance</body></html>')
const forbidden = () => reply(403, {}, { detail: 'Forbidden' })

test.each([
  ['an HTML page', page, 'sent an HTML page instead of JSON to GET /v1/results'],
  ['403', forbidden, 'answered 403 to GET /v1/results'],
])('%s in place of the results says nothing of the account', async (_, answer, said) => {
  const api = asOf({ instead: path => (path.startsWith('/v1/results') ? answer() : undefined) })
  await using world = await startRacingWorld(api)
  const run = await world.daily(noon(next))
  expect(run).toMatchObject({ code: 1, units: { failed: 1 } })
  expect(run.said).toContain(said)
  expect(run.asked).not.toContain('/v1/courses/regions')
  expect(await world.sql`select count(*)::int as count from races`).toEqual([{ count: 2 }])
  api.instead = () => undefined
  expect(await world.daily(noon(next))).toMatchObject({ code: 0, items: [{ loaded: 3 }] })
  expect(await world.letters()).toEqual([])
})

test.each([
  ['an HTML page', page],
  ['403', forbidden],
])('%s for everything is the provider’s refusal, and not the account’s', async (_, answer) => {
  await using world = await startRacingWorld(asOf({ instead: answer }))
  const run = await world.daily(noon(next))
  expect(run).toMatchObject({ code: 104 })
  expect(run.said).not.toContain('password')
})

test('a 401 of an endpoint that has answered is asked for once more, and fails its day alone', async () => {
  const stray = [reply(401, {}, { detail: 'Unauthorized' })]
  const api = asOf({ instead: path => (path.endsWith('skip=2') ? stray.shift() : undefined) })
  await using world = await startRacingWorld(api)
  expect(await world.daily(noon(next), { only: ['results'] })).toMatchObject({ code: 0, items: [{ loaded: 3 }], requests: 4 })
  api.instead = path => (path.endsWith('skip=2') ? reply(401, {}, { detail: 'Unauthorized' }) : undefined)
  const run = await world.daily(noon(next), { only: ['results'] })
  expect(run).toMatchObject({ code: 1, units: { failed: 1 } })
  expect(run.said).toContain('answered 401 to GET /v1/results')
})

test('a server of 2025, which has smaller pages, says why it rejects the request, and what to set', async () => {
  const msg = 'ensure this value is less than or equal to 50'
  const detail = [{ loc: ['query', 'limit'], msg, type: 'value_error.number.not_le', ctx: { limit_value: 50 } }]
  const tooMany = (path: string) => (/limit=(?!50)\d+&skip/.test(path) ? reply(422, {}, { detail }) : undefined)
  const api = asOf({ instead: path => (path.startsWith('/v1/results') ? tooMany(path) : undefined) })
  await using world = await startRacingWorld(api)
  const run = await world.daily(noon(next), { only: ['results'] })
  expect(run).toMatchObject({ code: 1, failed: [{ unit: day, hint: 'Set racing.page_size to 50 or less.' }] })
  expect(run.said).toMatch(
    /the-racing-api answered 422 \(limit: ensure this value is less than or equal to 50\) to GET \/v1\/results\?/,
  )
  await using other = await startRacingWorld(api, { SPORTS_INGEST_RACING_PAGE_SIZE: '50' })
  expect(await other.daily(noon(next), { only: ['results'] })).toMatchObject({ code: 0, items: [{ loaded: 3 }] })
})
