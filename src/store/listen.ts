import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../core/log.ts'
import type { Database } from './database.ts'

const againMs = 1_000

/** A notification on the same server takes a millisecond. */
const hearMs = 2_000

interface Listening {
  close(): Promise<void>
}

/** Listens to a channel, as `listen` does. */
export type Listen = (channel: string, onNotify: (payload: string) => void, onBack: () => void) => Promise<Listening>

/**
 * How to listen to channels of a database; undefined where a pooler is between and the settings name no way around it, or one that does not
 * lead there, which is told: whoever wants to know has to look then.
 */
export async function findListen(database: Database, log: Log): Promise<Listen | undefined> {
  if (!database.isPooled) return (...to) => listen(database.openSession, ...to)
  const { openDirect } = database
  if (!openDirect) return undefined
  const reason = await tryDirect(database, openDirect)
  if (reason === undefined) return (...to) => listen(openDirect, ...to)
  log.warn('database.direct', { reason, message: `DATABASE_DIRECT_URL is of no use, and new jobs are looked for: ${reason}` })
  return undefined
}

/** Why what is sent by one way does not arrive on the other. */
async function tryDirect(database: Database, open: Open): Promise<string | undefined> {
  const channel = `sports_ingest_${randomBytes(8).toString('hex')}`
  const { promise: isHeard, resolve } = Promise.withResolvers<true>()
  const session = open({ onNotify: to => to === channel && resolve(true) })
  try {
    await session.run(sql => sql.unsafe(`listen "${channel}"`), 1)
    if (session.isPooled) return 'it is the address of a pooler, too.'
    await database.run(sql => sql`select pg_notify(${channel}, '')`, 1)
    const heard = await Promise.race([isHeard, sleep(hearMs, false, { ref: false })])
    return heard ? undefined : 'it is not the same database: a notification did not arrive.'
  } catch (error) {
    return (error as Error).message
  } finally {
    await session.end(1)
  }
}

type Open = Database['openSession']

/**
 * Listens to a channel on a connection of its own, which is opened anew when it is lost. What is sent meanwhile is missed: `onBack` is called
 * each time it listens, so that the caller looks by itself. Not behind a pooler, whose sessions are shared.
 */
export async function listen(
  open: Open,
  channel: string,
  onNotify: (payload: string) => void,
  onBack: () => void,
): Promise<Listening> {
  let isClosed = false
  let isComing = false
  const session = open({
    onLost: () => void comeBack(),
    onNotify: (to, payload) => {
      if (to === channel) onNotify(payload)
    },
  })
  const start = async () => {
    await session.run(sql => sql.unsafe(`listen "${channel}"`), 1)
    onBack()
  }
  async function comeBack(): Promise<void> {
    // An attempt that fails is a loss, too.
    if (isComing) return
    isComing = true
    while (!isClosed && isComing) {
      await sleep(againMs, undefined, { ref: false })
      if (isClosed) return
      await start().then(
        () => {
          isComing = false
        },
        () => {},
      )
    }
  }
  const close = async () => {
    isClosed = true
    await session.end(1)
  }
  try {
    await start()
  } catch (error) {
    await close()
    throw error
  }
  return { close }
}
