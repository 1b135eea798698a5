import { readFreshness } from '../jobs/freshness.ts'
import { singular } from '../pipeline/event-table.ts'
import { findNextTry, listWatchedSports, type WatchedSport } from '../schedule/watched-sports.ts'
import { countOpenDeadLetters, readMainTrouble } from '../store/dead-letters.ts'
import { listEndedRuns } from '../store/runs.ts'
import { causeOf } from './judge-jobs.ts'
import { countOf, type Facts, firstLine, inUtc, roughly } from './message.ts'
import type { Judging, Verdict } from './verdict.ts'

const hourMs = 3_600_000

/** Whether the data of each sport that something keeps up to date is fresh, and whether it has many dead letters. */
export async function judgeSports(judging: Judging): Promise<Verdict[]> {
  const { app, now, sandbox } = judging
  const watched = await app.database.run(sql => listWatchedSports(sql, app.config, { now, sandbox }))
  const verdicts: Verdict[] = []
  for (const one of watched) verdicts.push(await judgeFreshness(judging, one), await judgeLetters(judging, one))
  return verdicts
}

async function judgeFreshness(judging: Judging, watched: WatchedSport): Promise<Verdict> {
  const { app, now } = judging
  const { sport, unaskedMs } = watched
  const staleMs = app.config.alerts.thresholds.staleDataHours * hourMs
  const { state, newestComplete, overdue, why } = await readFreshness(app, sport, { now, staleMs, unaskedMs })
  const noun = singular[sport.events.noun]
  const newest: Facts['lines'] = [
    [`last complete ${noun}`, newestComplete ? `${newestComplete.id} of ${newestComplete.day}` : 'none'],
  ]
  return {
    ...{ kind: 'stale', key: sport.id, state: state === 'stale' ? 'bad' : state === 'empty' ? 'unclear' : 'good' },
    open: async () => ({
      title: overdue
        ? `${sport.id} is stale: ${countOf(overdue.count, sport.events.noun, noun)} should be loaded and ${overdue.count === 1 ? 'is' : 'are'} not`
        : `${sport.id} is stale: nobody asks for new ${sport.events.noun} any more`,
      sports: [sport.id],
      lines: [
        ['cause', await causeOfStale(judging, watched)],
        ['stale because', why],
        ['affected', sport.id],
        ...newest,
        ['next try', nextTry(watched, now)],
      ],
      commands: [
        ['to see the last runs', 'sports-ingest runs list'],
        ['to load it now', `sports-ingest schedule daily --sport ${sport.id}`],
      ],
    }),
    recover: async ({ openedAt }) => ({
      ...{ title: `${sport.id} is fresh again`, sports: [sport.id], commands: [] },
      lines: [...newest, ['alert sent', `${inUtc(openedAt)}, ${roughly(now.getTime() - openedAt.getTime())} ago`]],
    }),
  }
}

async function causeOfStale(judging: Judging, { sport, heartbeat }: WatchedSport): Promise<string> {
  if (heartbeat?.incidentSince)
    return `sports-ingest live fails since ${inUtc(heartbeat.incidentSince)}: ${firstLine(heartbeat.lastError ?? '')}`
  const { app, now } = judging
  const [last] = await app.database.run(sql => listEndedRuns(sql, { jobs: ['daily'], sport: sport.id, limit: 1 }))
  const when = last ? inUtc(last.startedAt) : ''
  if (last && last.status !== 'done')
    return `The last daily run (run ${last.id}, ${when}) failed: ${await causeOf(judging, last)}`
  const isLong = !last || now.getTime() - last.startedAt.getTime() > app.config.alerts.thresholds.staleDataHours * hourMs
  if (isLong)
    return `No run of ${sport.id} has been started ${when ? `since ${when}` : 'so far'}. Look whether cron runs sports-ingest schedule run, or whether sports-ingest live works.`
  return `The last daily run (run ${last.id}, ${when}) had no trouble: the provider has not published them, or lists them with another status.`
}

function nextTry({ jobs, heartbeat }: WatchedSport, now: Date): string {
  const next = findNextTry(jobs, now)
  const look = heartbeat?.nextLookAt
  if (look && look > now && (!next || look < next.dueAt)) return `${inUtc(look)}, by sports-ingest live on ${heartbeat.host}`
  return next ? `${inUtc(next.dueAt)}, by ${next.job.name}` : 'when somebody, or cron, runs a command'
}

async function judgeLetters({ app, now }: Judging, watched: WatchedSport): Promise<Verdict> {
  const { sport } = watched
  const most = app.config.alerts.thresholds.deadLetters
  const count = await app.database.run(sql => countOpenDeadLetters(sql, sport.id))
  return {
    ...{ kind: 'dead-letters', key: sport.id, state: count > most ? 'bad' : 'good' },
    open: async () => {
      const main = await app.database.run(sql => readMainTrouble(sql, sport.id))
      return {
        title: `${sport.id} has ${countOf(count, 'open dead letters', 'open dead letter')}`,
        sports: [sport.id],
        lines: [
          ['cause', main ? `${main.count} of them are ${main.dataset}, the newest: ${firstLine(main.message)}` : 'unknown'],
          ['affected', sport.id],
          ['limit', `alerts.thresholds.dead_letters is ${most}`],
          ['next try', `${nextTry(watched, now)}; it tries letters of daily runs, and those whose provider was away`],
        ],
        commands: [
          ['to see them', 'sports-ingest dead-letters list'],
          ['to try them now', `sports-ingest dead-letters retry --all --sport ${sport.id}`],
        ],
      }
    },
    recover: async ({ openedAt }) => ({
      ...{
        title: `${sport.id} has ${countOf(count, 'open dead letters', 'open dead letter')}, which is within the limit`,
        sports: [sport.id],
      },
      lines: [
        ['limit', `alerts.thresholds.dead_letters is ${most}`],
        ['alert sent', `${inUtc(openedAt)}, ${roughly(now.getTime() - openedAt.getTime())} ago`],
      ],
      commands: [],
    }),
  }
}
