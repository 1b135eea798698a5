import { closeIncident, type Incident, listOpenIncidents, noteSeen, openIncident } from '../store/incidents.ts'
import { addMessages } from '../store/outbox.ts'
import { type DirectRun, judgeCommands, judgeJobs } from './judge-jobs.ts'
import { judgeSports } from './judge-sports.ts'
import { type Facts, inUtc, toMessage } from './message.ts'
import type { Judging, Verdict } from './verdict.ts'

const hourMs = 3_600_000
/** An incident that no host has judged for so long is of a job or sport that is not in anybody's settings any more. */
const forgottenMs = 72 * hourMs

/**
 * Opens incidents of what is bad, and closes those of what is good again. Each writes a message for each channel into the outbox, in the same
 * transaction: whatever dies, and however many hosts look at once, there is one message of its beginning and one of its end.
 * @param direct jobs that the command at hand has run
 */
export async function evaluate(judging: Judging, channels: readonly string[], direct: readonly DirectRun[] = []): Promise<void> {
  const { app, now } = judging
  const open = await app.database.run(listOpenIncidents)
  const ofCommands = open.filter(({ kind }) => kind === 'command').map(({ key }) => toDirectRun(key))
  const isKnown = ({ job, sport }: DirectRun) => direct.some(one => one.job === job && one.sport === sport)
  const verdicts = [
    ...(await judgeJobs(judging)),
    ...(await judgeSports(judging)),
    ...(await judgeCommands(judging, [...direct, ...ofCommands.filter(one => !isKnown(one))])),
  ]
  const going: Incident[] = []
  for (const incident of open) {
    const verdict = verdicts.find(({ kind, key }) => kind === incident.kind && key === incident.key)
    if (verdict?.state === 'good') await close(judging, channels, incident, await verdict.recover(incident))
    else if (verdict) going.push(incident)
    else if (now.getTime() - incident.seenAt.getTime() > forgottenMs)
      await close(judging, channels, incident, forgotten(incident))
  }
  const unseen = going.filter(({ seenAt }) => now.getTime() - seenAt.getTime() > hourMs).map(({ id }) => id)
  await app.database.run(sql => noteSeen(sql, unseen, now))
  const isOpen = ({ kind, key }: Verdict) => open.some(one => one.kind === kind && one.key === key)
  for (const verdict of verdicts.filter(({ state }) => state === 'bad'))
    if (!isOpen(verdict)) await openOne(judging, channels, verdict)
}

function toDirectRun(key: string): DirectRun {
  const [job = '', sport = ''] = key.split(' ')
  return { job, sport }
}

async function openOne(judging: Judging, channels: readonly string[], { kind, key, open }: Verdict): Promise<void> {
  const { app, now } = judging
  const facts = asIn(judging, await open())
  const id = await app.database.transaction(async tx => {
    const opened = await openIncident(tx, { kind, key, facts, at: now })
    if (opened === undefined) return undefined
    const message = toMessage(facts, { event: 'opened', incident: { kind, key, id: opened }, at: now })
    await addMessages(tx, channels, message, now)
    return opened
  })
  if (id !== undefined) app.log.warn('alert.opened', { incident: id, title: facts.title, cause: facts.lines[0]?.[1] })
}

async function close(judging: Judging, channels: readonly string[], { id, kind, key }: Incident, recovery: Facts): Promise<void> {
  const { app, now } = judging
  const facts = asIn(judging, recovery)
  const isClosed = await app.database.transaction(async tx => {
    if (!(await closeIncident(tx, id, { recovery: facts.title, at: now }))) return false
    const message = toMessage(facts, { event: 'recovered', incident: { kind, key, id }, at: now })
    await addMessages(tx, channels, message, now)
    return true
  })
  if (isClosed) app.log.info('alert.recovered', { incident: id, title: facts.title })
}

const forgotten = ({ kind, key, openedAt, seenAt, facts }: Incident): Facts => {
  const what = kind === 'stale' || kind === 'dead-letters' ? 'sport' : 'job'
  return {
    title: `${key}: nobody looks at it any more`,
    sports: (facts as unknown as Facts).sports,
    lines: [
      ['why', `no host has had this ${what} in its settings since ${inUtc(seenAt)}`],
      ['alert sent', inUtc(openedAt)],
    ],
    commands: [],
  }
}

/** Troubles of simulated providers are told as such. */
const asIn = ({ sandbox }: Judging, { title, commands, ...facts }: Facts): Facts =>
  sandbox
    ? {
        ...facts,
        title: `sandbox: ${title}`,
        commands: commands.map(([purpose, command]) => [purpose, `${command} --sandbox`]),
      }
    : { ...facts, title, commands }
