import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type HandMadeLeague, scheduleOf } from '../../support/hand-made-nba.ts'
import { nflFiles } from '../../support/hand-made-nfl.ts'
import { game, startNbaWorld } from '../../support/nba-world.ts'
import { startNflWorld } from '../../support/nfl-world.ts'

const addressesOf = `select right(url, 16) as url, fetched_at::date::text as day from payloads order by 1, 2`

test('answers older than payloads.retention_days are deleted, but for the schedules that verify and backfill read', async () => {
  const league: HandMadeLeague = { games: [game(1, '2025-01-10')] }
  await using world = await startNbaWorld(league, { SPORTS_INGEST_PAYLOADS_RETENTION_DAYS: '30' })
  await world.backfill('2025-01-11T12:00:00Z')
  // A schedule of that season that came later, and one of the season after it.
  league.games = [game(1, '2025-01-10'), game(2, '2025-01-12')]
  await world.backfill('2025-01-13T12:00:00Z')
  const later = Buffer.from(JSON.stringify(scheduleOf([{ ...game(3, '2025-11-01'), id: '0022500003' }], '2025-26')))
  const [kept] = await world.sql`select provider, url from payloads where url like '%scheduleLeagueV2.json' limit 1`
  await world.sql`
    insert into payloads (provider, url, hash, body, bytes, status, fetched_at)
    values (${kept?.['provider']}, ${kept?.['url']}, '\\x01', ${gzipSync(later)}, ${later.length}, 200, '2025-10-01T00:00:00Z')`
  expect(await world.sql.unsafe(addressesOf)).toHaveLength(5)

  await world.retryLetters('2025-03-01T12:00:00Z')
  const left = await world.sql.unsafe(addressesOf)
  expect(left.map(({ day }) => day)).toEqual(['2025-01-13', '2025-10-01'])
  expect(await world.verify()).toMatchObject({ proven: true, listed: true, games: 2 })
})

test('answers of live work are deleted by the jobs of a sport of files, too', async () => {
  await using world = await startNflWorld(nflFiles(2024))
  await world.sql`
    insert into payloads (provider, url, hash, body, bytes, status, fetched_at)
    values ('espn', 'https://example.test/scoreboard?dates=20240101', '\\x01', '\\x00', 1, 200, '2024-01-01T00:00:00Z')`
  await world.daily('2024-09-17T14:00:00Z')
  expect(await world.sql`select 1 from payloads`).toEqual([])
})

test('a rehearsal in the future deletes no answer that is not old', async () => {
  await using world = await startNbaWorld({ games: [game(1, '2025-01-10')] })
  await world.sql`
    insert into payloads (provider, url, hash, body, bytes, status, fetched_at)
    values ('nba-cdn', 'https://example.test/boxscore', '\\x01', '\\x00', 1, 200, now())`
  await world.retryLetters('2100-01-01T12:00:00Z')
  expect(await world.sql`select url from payloads`).toEqual([{ url: 'https://example.test/boxscore' }])
})
