import { describe, expect, test } from 'vitest'
import { tellAlerts } from '../../src/alerts/tell-alerts.ts'
import { runBackfill } from '../../src/jobs/backfill.ts'
import { runDaily } from '../../src/jobs/daily.ts'
import { racing } from '../../src/sports/racing/index.ts'
import { card, type HandMadeRacing, result } from '../support/hand-made-racing.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { backfillOptions, dailyOptions } from '../support/regatta/jobs.ts'
import { type Jobs, type ScheduleWorld, startSchedule } from '../support/schedule-world.ts'

const day = (n: number) => `2026-03-0${n}`
const at = (n: number, time = '06:00') => `${day(n)}T${time}:00Z`

/** Three days with a race each, and cards of the next. */
const api = (more: Partial<HandMadeRacing> = {}): HandMadeRacing => ({
  results: Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map(n => [day(n), [result(day(n), 1)]])),
  cards: Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map(n => [day(n), [card(day(n), 1)]])),
  today: day(2),
  ...more,
})

interface World extends AsyncDisposable {
  schedule: ScheduleWorld
  api: HandMadeRacing
  chat: Receiver
  /** What the chat was told since the last question; the name of this host is HOST. */
  told(): string[]
  /** Runs what is due, and then tells of it, as `schedule run` does. */
  run(now: string, forced?: boolean): Promise<void>
  tell(now: string, direct?: Parameters<typeof tellAlerts>[1]['direct']): Promise<void>
  /** `failures daily_data open`, in the order in which they began. */
  incidents(): Promise<string[]>
}

async function startWorld(jobs: Jobs, served = api(), settings: Record<string, string> = {}): Promise<World> {
  const chat = await startReceiver()
  const schedule = await startSchedule(jobs, served, {
    SPORTS_INGEST_ALERT_WEBHOOK: `${chat.url}/services/T0/B0/secret`,
    ...settings,
  })
  const { hostname } = await import('node:os')
  const tell: World['tell'] = (now, direct = []) => schedule.withApp(now, app => tellAlerts(app, { sandbox: false, direct }))
  return {
    ...{ schedule, api: served, chat, tell },
    told: () =>
      chat.received
        .splice(0)
        .map(({ body }) =>
          (JSON.parse(body) as { text: string }).text.replaceAll(hostname(), 'HOST').replaceAll(/pid \d+/g, 'pid PID'),
        ),
    run: async (now, forced = false) => {
      served.today = now.slice(0, 10)
      await schedule.run(now, { forced })
      await tell(now)
    },
    incidents: async () => {
      const rows = await schedule.store.sql<{ text: string }[]>`
        select concat_ws(' ', kind, key, case when recovered_at is null then 'open' else 'over' end) as text from ingest_incidents order by id`
      return rows.map(({ text }) => text)
    },
    async [Symbol.asyncDispose]() {
      await schedule[Symbol.asyncDispose]()
      await chat[Symbol.asyncDispose]()
    },
  }
}

/** Where stale data is not what a test is about. */
const patient = { SPORTS_INGEST_ALERTS_THRESHOLDS_STALE_DATA_HOURS: '8760' }

describe('a job that fails', () => {
  test('is an incident after three failures in a row: one message when it begins, one when it is over', async () => {
    await using world = await startWorld({ daily_data: {} }, api(), patient)
    await world.run(at(2))
    world.api.account = 'user:other'
    await world.run(at(3))
    await world.run(at(4))
    expect(world.told()).toEqual([])
    await world.run(at(5))
    expect(world.told()).toMatchInlineSnapshot(`
      [
        "*[sports-ingest] daily_data has failed 3 times in a row*
      cause: the-racing-api does not accept the username and password. Set RACING_API_USERNAME and RACING_API_PASSWORD, or racing.username and racing.password in the settings file.
      affected: racing
      failing since: 2026-03-03 06:00 UTC
      last good run: 2026-03-02 06:00 UTC
      last complete race: rac_202603011 of 2026-03-01
      next try: 2026-03-06 06:00 UTC
      last run on: HOST
      to see what happened: sports-ingest schedule why daily_data 2026-03-05T06:00
      to try again now: sports-ingest schedule run --update daily_data
      noted on HOST, incident 1",
      ]
    `)
    await world.run(at(6))
    await world.tell(at(6, '06:10'))
    expect(world.told()).toEqual([])
    world.api.account = 'user:pass'
    await world.run(at(7))
    await world.tell(at(7, '06:10'))
    expect(world.told()).toMatchInlineSnapshot(`
      [
        "*[sports-ingest] daily_data works again*
      recovered: the run that was due at 2026-03-07 06:00 UTC was done
      alert sent: 2026-03-05 06:00 UTC, 48 hours ago
      noted on HOST, incident 1",
      ]
    `)
    expect(await world.incidents()).toEqual(['failures daily_data over'])
  })

  test('is one incident, however many hosts notice it at once, and so is its end', async () => {
    await using world = await startWorld({ daily_data: {} }, api({ account: 'user:other' }), patient)
    for (const n of [2, 3, 4]) await world.schedule.run(at(n))
    await Promise.all([1, 2, 3, 4].map(() => world.tell(at(4))))
    await world.tell(at(4, '06:05'))
    expect(world.told()).toHaveLength(1)
    world.api.account = 'user:pass'
    await world.schedule.run(at(5))
    await Promise.all([1, 2, 3, 4].map(() => world.tell(at(5))))
    await world.tell(at(5, '06:05'))
    expect(world.told()).toHaveLength(1)
    expect(await world.incidents()).toEqual(['failures daily_data over'])
  })

  test('is none where it was done in between, or somebody stopped it; one whose host died has failed', async () => {
    await using world = await startWorld({ daily_data: {} }, api(), patient)
    const { sql } = world.schedule.store
    const ends = async (...statuses: string[]) => {
      await sql`delete from ingest_occurrences`
      for (const [i, status] of statuses.entries())
        await sql`
          insert into ingest_occurrences (job, due_at, status, runs, decided_at, started_at, finished_at)
          values ('daily_data', ${at(i + 1)}, ${status}, '[]', ${at(i + 1)}, ${at(i + 1)}, ${at(i + 1)})`
      await world.tell(at(7, '07:00'))
      return await world.incidents()
    }
    expect(await ends('failed', 'failed', 'done', 'failed', 'failed')).toEqual([])
    expect(await ends('failed', 'failed', 'stopped', 'skipped')).toEqual([])
    expect(await ends('failed', 'stopped', 'lost', 'merged', 'failed')).toEqual(['failures daily_data open'])
    expect(await ends('failed', 'failed', 'failed', 'done', 'failed')).toEqual(['failures daily_data over'])
  })

  test('is over where somebody switches it off, and when no host has had it in its settings for days', async () => {
    await using world = await startWorld({ daily_data: {}, other: {} }, api({ account: 'user:other' }), patient)
    for (const n of [2, 3, 4]) await world.run(at(n))
    expect(world.told()).toHaveLength(2)
    world.schedule.jobs = { daily_data: { enabled: false } }
    await world.tell(at(4, '07:00'))
    expect(await world.incidents()).toEqual(['failures daily_data over', 'failures other open'])
    await world.tell(at(7, '06:00'))
    expect(await world.incidents()).toEqual(['failures daily_data over', 'failures other open'])
    await world.tell(at(7, '06:01'))
    expect(world.told()).toMatchInlineSnapshot(`
      [
        "*[sports-ingest] daily_data is switched off*
      alert sent: 2026-03-04 06:00 UTC, 60 minutes ago
      noted on HOST, incident 1",
        "*[sports-ingest] other: nobody looks at it any more*
      why: no host has had this job in its settings since 2026-03-04 06:00Z
      alert sent: 2026-03-04 06:00Z
      noted on HOST, incident 2",
      ]
    `)
  })

  test('outside of the orchestrator is known by its runs', async () => {
    await using world = await startWorld({}, api({ today: day(3) }), patient)
    const daily = (now: string) =>
      world.schedule.withApp(now, app => runDaily(app, racing, dailyOptions, () => {})).catch(() => {})
    const direct = [{ job: 'daily', sport: 'racing' }]
    world.api.account = 'user:other'
    for (const time of ['06:00', '07:00', '08:00']) await daily(at(3, time))
    await world.tell(at(3, '08:05'))
    expect(world.told()).toEqual([])
    await world.tell(at(3, '08:05'), direct)
    expect(world.told()).toMatchInlineSnapshot(`
      [
        "*[sports-ingest] schedule daily of racing has failed 3 times in a row*
      cause: the-racing-api does not accept the username and password.
      affected: racing
      failing since: 2026-03-03 06:00Z or before
      last complete race: none
      next try: when somebody, or cron, runs the command
      last run on: HOST
      to see what happened: sports-ingest runs show 3
      to try again now: sports-ingest schedule daily --sport racing
      noted on HOST, incident 1",
      ]
    `)
    world.api.account = 'user:pass'
    await daily(at(3, '09:00'))
    // Whatever command it is that looks.
    await world.tell(at(3, '09:05'))
    expect(world.told()).toMatchInlineSnapshot(`
      [
        "*[sports-ingest] schedule daily of racing works again*
      recovered: run 4, started at 2026-03-03 09:00Z, was done
      alert sent: 2026-03-03 08:05Z, 60 minutes ago
      noted on HOST, incident 1",
      ]
    `)
  })
})

describe('stale data', () => {
  test('is told once, stays so whatever a backfill loads, and is told to be over when the newest races are loaded', async () => {
    await using world = await startWorld({ daily_data: {} })
    await world.run(at(3))
    // The race of the 3rd begins at 14:35 and takes a quarter of an hour.
    await world.tell(at(4, '14:49'))
    expect(world.told()).toEqual([])
    await world.tell(at(4, '14:50'))
    expect(world.told()).toMatchInlineSnapshot(`
      [
        "*[sports-ingest] racing is stale: 1 race should be loaded and is not*
      cause: No run of racing has been started since 2026-03-03 06:00Z. Look whether cron runs sports-ingest schedule run, or whether sports-ingest live works.
      stale because: The race rac_202603031 of 2026-03-03 should have been complete 24 hours after the usual end, and is not.
      affected: racing
      last complete race: rac_202603021 of 2026-03-02
      next try: 2026-03-05 06:00Z, by daily_data
      to see the last runs: sports-ingest runs list
      to load it now: sports-ingest schedule daily --sport racing
      noted on HOST, incident 1",
      ]
    `)
    const span = { ...backfillOptions, from: day(1), to: day(1) }
    await world.schedule.withApp(at(5, '05:00'), app => runBackfill(app, racing, ['2026'], span))
    await world.tell(at(5, '05:00'))
    expect(world.told()).toEqual([])
    await world.run(at(5))
    expect(world.told()).toMatchInlineSnapshot(`
      [
        "*[sports-ingest] racing is fresh again*
      last complete race: rac_202603041 of 2026-03-04
      alert sent: 2026-03-04 14:50Z, 15 hours ago
      noted on HOST, incident 1",
      ]
    `)
  })

  test('is told where nobody asks any more, and nobody is blamed where no race was due', async () => {
    await using world = await startWorld({ daily_data: {} }, api({ cards: {} }))
    await world.run(at(2))
    await world.tell(at(4, '05:59'))
    expect(world.told()).toEqual([])
    await world.tell(at(4, '06:00'))
    expect(world.told()).toMatchInlineSnapshot(`
      [
        "*[sports-ingest] racing is stale: nobody asks for new races any more*
      cause: No run of racing has been started since 2026-03-02 06:00Z. Look whether cron runs sports-ingest schedule run, or whether sports-ingest live works.
      stale because: No run has asked for the races of racing since 2026-03-02 06:00Z, so nothing is known of newer ones.
      affected: racing
      last complete race: rac_202603011 of 2026-03-01
      next try: 2026-03-05 06:00Z, by daily_data
      to see the last runs: sports-ingest runs list
      to load it now: sports-ingest schedule daily --sport racing
      noted on HOST, incident 1",
      ]
    `)
  })

  test('of a sport that is switched off, that no job loads, or of which nothing was loaded so far is none', async () => {
    await using world = await startWorld({ daily_data: {} })
    await world.tell(at(7))
    await world.run(at(2))
    const late = at(7, '12:00')
    for (const jobs of [{ daily_data: { enabled: false } }, { prune: { run: 'prune' } }, { nba: { sport: 'nba' } }] as const) {
      world.schedule.jobs = jobs
      await world.tell(late)
    }
    world.schedule.jobs = { daily_data: { sport: undefined } } as never
    await world.schedule.withApp(late, app => {
      const config = { ...app.config, sports: { ...app.config.sports, racing: { enabled: false } } }
      return tellAlerts({ ...app, config }, { sandbox: false })
    })
    expect(await world.incidents()).toEqual([])
    await world.tell(late)
    expect(await world.incidents()).toEqual(['stale racing open'])
  })
})

test('dead letters are an incident above the threshold', async () => {
  const broken = { ...result(day(3), 1), runners: 'none' } as never
  const results = { [day(2)]: [result(day(2), 1)], [day(3)]: [broken, { ...(broken as object), race_id: 'rac_9' } as never] }
  await using world = await startWorld({ daily_data: {} }, api({ results }), {
    ...patient,
    ...{ SPORTS_INGEST_ALERTS_THRESHOLDS_DEAD_LETTERS: '1' },
  })
  await world.run(at(3))
  expect(world.told()).toEqual([])
  await world.run(at(4))
  expect(world.told()).toMatchInlineSnapshot(`
    [
      "*[sports-ingest] racing has 2 open dead letters*
    cause: 2 of them are results, the newest: Race rac_9 of the results is malformed: runners: expected array, received string.
    affected: racing
    limit: alerts.thresholds.dead_letters is 1
    next try: 2026-03-05 06:00Z, by daily_data; it tries letters of daily runs, and those whose provider was away
    to see them: sports-ingest dead-letters list
    to try them now: sports-ingest dead-letters retry --all --sport racing
    noted on HOST, incident 1",
    ]
  `)
  await world.schedule.store.sql`update dead_letters set status = 'resolved' where item = 'rac_9'`
  await world.tell(at(4, '08:00'))
  expect(world.told()).toMatchInlineSnapshot(`
    [
      "*[sports-ingest] racing has 1 open dead letter, which is within the limit*
    limit: alerts.thresholds.dead_letters is 1
    alert sent: 2026-03-04 06:00Z, 2 hours ago
    noted on HOST, incident 1",
    ]
  `)
})

test('nothing is noted or sent where alerts are switched off; what simulated providers do is told as such', async () => {
  await using world = await startWorld({ daily_data: {} }, api({ account: 'user:other' }), patient)
  for (const n of [2, 3, 4]) await world.schedule.run(at(n))
  const tell = (enabled: boolean, sandbox: boolean) =>
    world.schedule.withApp(at(4), app => {
      const config = { ...app.config, alerts: { ...app.config.alerts, enabled } }
      return tellAlerts({ ...app, config }, { sandbox })
    })
  await tell(false, false)
  expect([await world.incidents(), world.told()]).toEqual([[], []])
  await tell(true, true)
  expect(world.told()).toEqual([
    expect.stringMatching(/sandbox: daily_data has failed 3 times.*schedule run --update daily_data --sandbox\n/s),
  ])
})

describe('a message', () => {
  /** An incident whose message is in the outbox. */
  async function withIncident(settings: Record<string, string> = {}) {
    const world = await startWorld({ daily_data: {} }, api({ account: 'user:other' }), { ...patient, ...settings })
    for (const n of [2, 3, 4]) await world.schedule.run(at(n))
    return world
  }

  const outbox = (world: World) => world.schedule.store.sql`
    select channel, attempts, sent_at is not null as sent, last_error as error from ingest_outbox order by id`

  test('that nobody takes is sent later, each time after a longer pause', async () => {
    await using world = await withIncident()
    world.chat.answer = { status: 503, headers: { 'content-type': 'text/plain' }, body: 'try later' }
    await world.tell(at(4))
    expect(await outbox(world)).toEqual([{ channel: 'webhook', attempts: 1, sent: false, error: 'It answered 503 (try later).' }])
    await world.tell(at(4, '06:00'))
    expect(world.chat.received).toHaveLength(1)
    await world.tell(at(4, '06:01'))
    expect(world.chat.received).toHaveLength(2)
    world.chat.answer = 200
    // 30 seconds behind the first attempt, a minute behind the second.
    await world.tell(at(4, '06:01'))
    expect(world.chat.received).toHaveLength(2)
    await world.tell(at(4, '06:02'))
    expect(await outbox(world)).toEqual([{ channel: 'webhook', attempts: 3, sent: true, error: null }])
    expect(new Set(world.told())).toHaveLength(1)
  })

  test('waits for as long as its receiver says', async () => {
    await using world = await withIncident()
    world.chat.answer = { status: 429, headers: { 'retry-after': '300' } }
    await world.tell(at(4))
    await world.tell(at(4, '06:04'))
    expect(world.chat.received).toHaveLength(1)
    await world.tell(at(4, '06:06'))
    expect(world.chat.received).toHaveLength(2)
  })

  test('that its receiver does not take as such is given up in the end, and those behind it arrive', async () => {
    await using world = await withIncident()
    world.chat.answer = 400
    for (const time of ['06:00', '06:10', '06:20', '06:30']) await world.tell(at(4, time))
    world.schedule.jobs = { daily_data: { enabled: false } }
    await world.tell(at(4, '06:31'))
    // Until then it may be a mistake of the receiver: the message of the end waits behind that of the beginning.
    expect(world.told()).toHaveLength(4)
    await world.tell(at(4, '06:50'))
    expect(world.told().map(text => text.split('\n', 1)[0])).toEqual([
      expect.stringContaining('has failed 3 times in a row'),
      '*[sports-ingest] daily_data is switched off*',
    ])
    world.chat.answer = 200
    await world.tell(at(5))
    expect(world.told()).toHaveLength(1)
    expect(await outbox(world)).toEqual([
      { channel: 'webhook', attempts: 5, sent: false, error: 'It answered 400.' },
      { channel: 'webhook', attempts: 2, sent: true, error: null },
    ])
  })

  test('goes to each channel by itself: one that does not answer holds up neither the others nor the command', async () => {
    await using other = await startReceiver()
    await using world = await withIncident({ SENTRY_DSN: `${other.url.replace('//', '//key@')}/7` })
    world.chat.answer = 'hang'
    const startedMs = performance.now()
    await world.schedule.withApp(at(4), app => tellAlerts(app, { sandbox: false }))
    expect(performance.now() - startedMs).toBeLessThan(8_000)
    expect(await outbox(world)).toEqual([
      { channel: 'webhook', attempts: 1, sent: false, error: 'No answer within 5 s.' },
      { channel: 'sentry', attempts: 1, sent: true, error: null },
    ])
  })

  test('is sent by one of several hosts', async () => {
    await using world = await withIncident()
    world.chat.answer = 503
    await world.tell(at(4))
    world.chat.answer = 200
    await Promise.all([1, 2, 3, 4].map(() => world.tell(at(4, '08:00'))))
    expect(world.chat.received).toHaveLength(2)
  })
})
