import { createTestDatabase } from './database.ts'
import { type HandMadeGame, type HandMadeLeague, startHandMadeNba } from './hand-made-nba.ts'
import { type LiveWorld, openLiveWorld } from './live-world.ts'
import { game } from './nba-world.ts'
import { at } from './test-clock.ts'

export const today = '2024-12-10'

/** Half past seven in the East, and so many minutes later. */
export const atStart = (minutesLater = 0) => new Date(at('2024-12-11T00:30:00Z').getTime() + minutesLater * 60_000).toISOString()

export const coming = { status: 1, text: '7:30 pm ET' } as const
export const playing = (text: string, home: number, away: number): Partial<HandMadeGame> => ({
  status: 2,
  text,
  score: [home, away],
})
export const final = { status: 3, text: 'Final' } as const

export interface Evening extends LiveWorld {
  league: HandMadeLeague
  /** Changes the nth game of the league. */
  change(n: number, to: Partial<HandMadeGame>): void
  /** What was asked for since the last time, in order of names: numbers of games for box scores. */
  asked(): string[]
}

/** Two games of an evening, and one of the evening before, with the live work on them. */
export async function startEvening(settings: Record<string, string> = {}): Promise<Evening> {
  const league: HandMadeLeague = { games: [game(1, today, coming), game(2, today, coming), game(3, '2024-12-09')], today }
  const api = await startHandMadeNba(league)
  const world = await openLiveWorld(await createTestDatabase(), {
    ...api.env,
    SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.001',
    ...settings,
  })
  return {
    ...world,
    league,
    change: (n, to) => void Object.assign(league.games[n - 1] as object, to),
    asked: () => {
      const names = api.requests.splice(0).map(({ path }) => path.split('/').at(-1) ?? '')
      return names.map(name => name.replace(/^boxscore_0022400|\.json$/g, '')).sort()
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await api[Symbol.asyncDispose]()
    },
  }
}
