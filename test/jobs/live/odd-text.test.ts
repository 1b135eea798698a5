import { expect, test } from 'vitest'
import { scoreboardOf } from '../../support/hand-made-nba.ts'
import { atStart, playing, startEvening } from '../../support/live-evening.ts'
import { reply } from '../../support/provider-server.ts'

const odd = '\0\ud800'

test('text that Postgres cannot hold is stored without it, and the next turn goes on', async () => {
  await using world = await startEvening()
  world.change(1, playing(`Q1 10:00${odd}`, 5, 3))
  const { games } = world.league
  const broken = { gameId: `x${odd}y`, [`z${odd}`]: odd }
  world.league.scoreboard = () => {
    const { scoreboard } = scoreboardOf(games.slice(0, 2)) as { scoreboard: { games: object[] } }
    return reply(200, {}, { scoreboard: { games: [...scoreboard.games, broken] } })
  }
  world.asked()
  const { notes } = await world.follow({ now: atStart(5), until: 3 })
  expect(notes.map(({ incident }) => incident)).toEqual([undefined, undefined, undefined])
  expect(world.asked().filter(name => name === '001')).toHaveLength(1)
  expect(await world.sql`select status_text from games where status = 'live'`).toEqual([{ status_text: 'Q1 10:00\uFFFD\uFFFD' }])
  const [run] = await world.sql`select status, counts -> 'findings' -> 0 ->> 'item' as item from ingest_runs where job = 'live'`
  expect(run).toEqual({ status: 'stopped', item: 'x\uFFFD\uFFFDy' })
})

test('a finding that the database does not take costs neither the next turns nor the end of the run', async () => {
  await using world = await startEvening()
  await world.sql.unsafe(`
    create function refuse() returns trigger language plpgsql as $$ begin
      if new.counts::text like '%poison%' then raise exception 'no poison' using errcode = '22P05'; end if; return new; end $$;
    create trigger refuse before update on ingest_runs for each row execute function refuse()`)
  let isPoisoned = true
  world.change(1, playing('Q1 10:00', 5, 3))
  world.league.scoreboard = () => {
    const { scoreboard } = scoreboardOf(world.league.games.slice(0, 2)) as { scoreboard: { games: object[] } }
    return reply(200, {}, { scoreboard: { games: [...scoreboard.games, ...(isPoisoned ? [{ gameId: 'poison' }] : [])] } })
  }
  const { notes } = await world.follow({
    now: atStart(5),
    until: (_, seen) => {
      isPoisoned = false
      return seen.length === 3
    },
  })
  expect(notes.map(({ incident }) => incident)).toEqual([undefined, undefined, undefined])
  const [run] =
    await world.sql`select status, counts -> 'findings' -> 0 ->> 'message' as said from ingest_runs where job = 'live'`
  expect(run).toEqual({
    status: 'stopped',
    said: expect.stringMatching(/^1 findings and 0 failures could not be stored: the database refused them \(22P05\)\.$/),
  })
})
