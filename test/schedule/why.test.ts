import { expect, test } from 'vitest'
import { startSchedule } from '../support/schedule-world.ts'

const now = '2026-03-10T12:00:00Z'
const newYork = { run: 'prune', timezone: 'America/New_York' } as const

test('a due time is named as answers have it, on the clock of the job, by an instant, or by its day', async () => {
  await using world = await startSchedule({ daily_data: newYork, often: { ...newYork, frequency: '*/5 * * * *' } })
  await world.run('2026-03-08T12:00:00Z')
  await world.run('2026-03-10T12:00:00Z')
  const why = (job: string, time: string) => world.why(job, time, now).catch((error: Error & { hint: string }) => error)
  const times = ['2026-03-09T06:00', '2026-03-09 06:00 America/New_York', '2026-03-09t06:00:30', '2026-03-09 10:00 Z']
  for (const time of [...times, '2026-03-09T10:00+00', '2026-03-09T12:00+0200', '2026-03-09 10:00 Europe/London', '2026-03-09'])
    expect([time, await why('daily_data', time)]).toEqual([
      time,
      expect.stringMatching(/^daily_data was due at 2026-03-09 06:00 America\/New_York, when nothing looked/),
    ])
  for (const time of ['noon', '2026-02-30T06:00Z', '2026-02-30', '2026-03-09T06:00 New_York', '99999-01-01', '9999-12-31', ''])
    expect(await why('daily_data', time)).toMatchObject({ name: 'UsageError', message: `"${time}" is no time.` })
  expect(await why('often', '2026-03-09')).toMatchObject({
    message: 'often is due 288 times on 2026-03-09, from 00:00 to 23:55.',
    hint: 'Name one of them, such as 2026-03-09T00:00.',
  })
  world.jobs = { daily_data: { ...newYork, frequency: '0 6 * * 1' } }
  expect(await why('daily_data', '2026-03-11')).toMatchObject({
    message: 'daily_data is not due on 2026-03-11.',
    hint: 'It is due next at 2026-03-16 06:00 America/New_York.',
  })
})

test('a run that was not due then is found as well: the first one, and one that somebody has asked for', async () => {
  await using world = await startSchedule({ daily_data: newYork })
  // In the minute of a due time.
  await world.run('2026-03-10T10:00:00.500Z')
  const ran = /^daily_data was due at 2026-03-10 06:00 America\/New_York, and ran on /
  for (const time of ['2026-03-10T06:00', '2026-03-10T10:00Z', '2026-03-10'])
    expect(await world.why('daily_data', time, now)).toMatch(ran)
  await world.run('2026-03-10T11:00:00Z', { forced: true })
  await expect(world.why('daily_data', '2026-03-10', now)).rejects.toThrow(
    'daily_data is due 2 times on 2026-03-10, at 06:00, 07:00.',
  )
})

test('what waits for a job that is switched off is told as such', async () => {
  await using world = await startSchedule({ daily_data: { ...newYork, enabled: false } })
  await world.run('2026-03-09T12:00:00Z')
  await world.store.sql`
    insert into ingest_occurrences (job, due_at, status, runs, decided_at)
    values ('daily_data', '2026-03-10T10:00:00Z', 'waiting', '[]', '2026-03-10T10:00:00Z')`
  expect(await world.why('daily_data', '2026-03-10', now)).toContain(
    'and waits, because the job was switched off before its turn.',
  )
})
