import { expect, test } from 'vitest'
import type { LiveSport } from '../../../src/jobs/live/live-sport.ts'
import { racing } from '../../../src/sports/racing/index.ts'
import { createTestDatabase } from '../../support/database.ts'
import { card, declared, type HandMadeRacing, result, startHandMadeRacing } from '../../support/hand-made-racing.ts'
import { openLiveWorld } from '../../support/live-world.ts'
import { reply } from '../../support/provider-server.ts'
import { createTestClock } from '../../support/test-clock.ts'

const day = '2025-11-05'
const liveRacing = racing as LiveSport

/** An afternoon with races at 14:35, 15:00 and 15:35; the clock decides what the API says. */
async function startAfternoon() {
  const clock = createTestClock(`${day}T14:10:00Z`)
  const api: HandMadeRacing = { results: {}, cards: { [day]: [1, 2, 3].map(n => card(day, n)) }, today: day }
  const server = await startHandMadeRacing(api)
  const store = await createTestDatabase()
  const world = await openLiveWorld(store, {
    ...{ SPORTS_INGEST_PROVIDER_THE_RACING_API_URL: server.url, RACING_API_USERNAME: 'user', RACING_API_PASSWORD: 'pass' },
    ...{ SPORTS_INGEST_RACING_RATE_LIMIT: '500', SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.01' },
  })
  const minutesAfter = (time: string, n: number) => clock.now().getTime() >= Date.parse(`${day}T${time}:00Z`) + n * 60_000
  return {
    ...{ api, server, clock, world, sql: world.sql, minutesAfter },
    follow: (cycles: number, only: string[] = []) => world.follow({ sports: [liveRacing], clock, until: cycles, only }),
    states: async () =>
      (await world.sql<{ status: string }[]>`select status from races order by off_at`).map(({ status }) => status),
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('races are followed from their cards to their results: withdrawn runners, then the off, then the places', async () => {
  await using afternoon = await startAfternoon()
  const { api, minutesAfter } = afternoon
  const seen: string[] = []
  api.instead = () => {
    api.cards[day] = [1, 2, 3].map(n =>
      card(
        day,
        n,
        n === 2 && minutesAfter('14:30', 0) ? { runners: [declared(7, { number: 'NR' }), declared(8), declared(9)] } : {},
      ),
    )
    api.results[day] = [
      ...(minutesAfter('14:35', 12) ? [result(day, 1)] : []),
      ...(minutesAfter('15:00', 12) ? [result(day, 2)] : []),
    ]
    return undefined
  }
  const { notes } = await afternoon.world.follow({
    sports: [liveRacing],
    clock: afternoon.clock,
    until: async () => {
      seen.push(`${afternoon.clock.now().toISOString().slice(11, 16)} ${(await afternoon.states()).join(' ')}`)
      return minutesAfter('15:20', 0)
    },
  })
  expect(seen).toContainEqual(expect.stringMatching(/^14:1\d scheduled scheduled scheduled$/))
  expect(seen).toContainEqual(expect.stringMatching(/^14:[34]\d live scheduled scheduled$/))
  expect(seen).toContainEqual(expect.stringMatching(/^14:[45]\d final scheduled scheduled$/))
  expect(seen).toContainEqual(expect.stringMatching(/^15:[01]\d final live scheduled$/))
  expect(seen.at(-1)).toMatch(/^15:2\d final final scheduled$/)
  const whys = notes.flatMap(({ why }) => why ?? [])
  expect(whys).toContain('Seaview (AW) 14:35')
  expect(whys).toContain('Seaview (AW) 14:35 live')
  expect(await afternoon.sql`select count(*)::int as ran from runners where ran`).toEqual([{ ran: 6 }])
  // What the card had said of the second race was replaced by its result.
  expect(await afternoon.sql`select count(*)::int as count from runners where is_non_runner`).toEqual([{ count: 0 }])
  expect(await afternoon.sql`select 1 from dead_letters`).toEqual([])
})

test('a poll that brings nothing new writes nothing, and asks for the cards and results of the day alone', async () => {
  await using afternoon = await startAfternoon()
  await afternoon.follow(2)
  const earlier = afternoon.server.requests.length
  const { notes } = await afternoon.follow(2)
  expect(notes[0]?.why).toBe('Seaview (AW) 14:35')
  expect(notes.map(({ mode, rows }) => [mode, rows])).toEqual([
    ['live', 0],
    ['live', 0],
  ])
  const paths = afternoon.server.requests
    .slice(earlier)
    .map(({ path }) => path.replace(/\?.*(start_date=[\d-]+|day=\w+).*/, ' $1'))
  expect([...new Set(paths)].sort()).toEqual([`/v1/racecards/standard day=today`, `/v1/results start_date=${day}`])
})

test('--only races asks for no results', async () => {
  await using afternoon = await startAfternoon()
  await afternoon.follow(2)
  const earlier = afternoon.server.requests.length
  await afternoon.follow(1, ['races'])
  expect(afternoon.server.requests.slice(earlier).filter(({ path }) => path.startsWith('/v1/results'))).toEqual([])
})

test('a provider that fails is one incident, leaves no dead letter, and is asked again', async () => {
  await using afternoon = await startAfternoon()
  const { api } = afternoon
  await afternoon.follow(2)
  api.instead = () => reply(500)
  const failing = await afternoon.follow(3)
  expect(failing.logged.filter(({ event }) => event === 'live.incident')).toHaveLength(1)
  expect(await afternoon.sql`select 1 from dead_letters`).toEqual([])
  api.instead = () => undefined
  const { notes } = await afternoon.follow(2)
  expect(notes.at(-1)?.incident).toBeUndefined()
})

test('a card that is malformed is a dead letter, which ends when it can be read, also of a race that is over', async () => {
  await using afternoon = await startAfternoon()
  const { api, sql } = afternoon
  await afternoon.follow(2)
  const twice = [declared(4), declared(4, { jockey: 'Another Rider' })]
  const open = () => sql`select dataset, item from dead_letters where status = 'open'`
  api.cards[day] = [card(day, 1, { runners: twice }), card(day, 2), card(day, 3)]
  await afternoon.follow(2)
  expect(await open()).toEqual([{ dataset: 'racecards', item: 'rac_202511051' }])
  api.results[day] = [result(day, 1)]
  await afternoon.follow(2)
  expect((await afternoon.states())[0]).toBe('final')
  expect(await open()).toHaveLength(1)
  api.cards[day] = [1, 2, 3].map(n => card(day, n))
  const { logged } = await afternoon.follow(2)
  expect(await open()).toEqual([])
  expect(logged.filter(({ event }) => event === 'live.finding')).toEqual([])
})

test.each([
  ['RACING_API_USERNAME', 'password'],
  ['RACING_API_PASSWORD', 'username'],
])('with %s alone nothing is asked, and the %s is said to be missing', async (name, missing) => {
  await using server = await startHandMadeRacing({ results: {}, cards: {}, today: day })
  const store = await createTestDatabase()
  await using world = await openLiveWorld(store, { SPORTS_INGEST_PROVIDER_THE_RACING_API_URL: server.url, [name]: 'half' })
  await expect(world.follow({ sports: [liveRacing], now: `${day}T14:10:00Z`, until: 1 })).rejects.toMatchObject({
    name: 'CredentialsError',
    message: `the-racing-api wants an account, and its ${missing} is not set.`,
    hint: expect.stringContaining('Set RACING_API_USERNAME and RACING_API_PASSWORD'),
  })
  expect(server.requests).toEqual([])
  expect(await world.sql`select 1 from ingest_runs`).toEqual([])
  expect(await world.sql`select 1 from ingest_leases`).toEqual([])
})
