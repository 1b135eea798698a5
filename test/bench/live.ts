// The memory of `live` as simulated days go by. By itself it prints a line for each: `node test/bench/live.ts --days 14`.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { variableOf } from '../../src/core/config/setting.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { connectionOptions, urlTarget } from '../../src/store/target.ts'
import { startServerDatabase } from './server.ts'

/** What the process held at the end of a simulated day, in MB, and the processor time it had taken, in seconds. */
export interface LiveDay {
  resident: number
  /** Of what is resident: glibc's blocks (its heap and its arenas), files that are mapped, and the rest, which is V8's for the most part. */
  blocks: number
  files: number
  others: number
  processorS: number
}

/** A Monday with games of both sports. */
const begin = new Date('2025-11-17T10:00:00Z')
const dayMs = 86_400_000
const sports = ['nba', 'nfl']

/** Follows the sandbox for so many days in one process, under a clock that leaps over every wait. Undefined where there is no `/proc`. */
export async function measureLive(
  program: string,
  env: Record<string, string>,
  { url, days, onDay = () => {} }: { url: string; days: number; onDay?: (day: LiveDay, nth: number) => void },
): Promise<LiveDay[] | undefined> {
  if (process.platform !== 'linux') return undefined
  await using world = await startWorld(url)
  const child = spawn(process.execPath, [program, 'live', ...sports.flatMap(sport => ['--sport', sport])], {
    env: {
      ...env,
      ...world.env,
      DATABASE_URL: url,
      LOG_LEVEL: 'warn',
      SPORTS_INGEST_API_RATE_LIMIT: '500',
      SPORTS_INGEST_CLOCK: 'leap',
      SPORTS_INGEST_NOW: begin.toISOString(),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(child, 'exit')
  const found: LiveDay[] = []
  try {
    while (found.length < days) {
      await delay(100)
      if (child.exitCode !== null || child.signalCode) throw new Error(`live ended with ${child.exitCode ?? child.signalCode}.`)
      if (Number(await world.now()) < begin.getTime() + (found.length + 1) * dayMs) continue
      const day = readDay(child)
      found.push(day)
      onDay(day, found.length)
    }
    return found
  } finally {
    child.kill()
    await ended
  }
}

/** The sandbox, whose clock is that of the process that follows it: by its heartbeats, it leaps to the first time at which a sport is due. */
async function startWorld(url: string) {
  const sql = urlTarget(url, undefined).connect({ ...connectionOptions(), max: 1 })
  let nowMs = begin.getTime()
  const now = async () => {
    const beats = await sql<{ beatAt: Date; nextLookAt: Date | null }[]>`
      select beat_at as "beatAt", next_look_at as "nextLookAt" from ingest_heartbeats`
    const due = Math.min(...beats.map(({ nextLookAt }) => Number(nextLookAt ?? Number.POSITIVE_INFINITY)))
    if (beats.length === sports.length) nowMs = Math.max(nowMs, due, ...beats.map(({ beatAt }) => Number(beatAt)))
    return new Date(nowMs)
  }
  const sandbox = await startSandbox({ clock: { now: () => new Date(nowMs), elapsedMs: () => nowMs, sleep: async () => {} } })
  // Each request is passed on when its time is known.
  const server = createServer(async (incoming, outgoing) => {
    await now()
    request(`${sandbox.url}${incoming.url}`, { headers: incoming.headers, agent: false }, answer => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
      .on('error', error => outgoing.destroy(error))
      .end()
  }).listen(0, '127.0.0.1')
  // As in the sandbox: a slow reader would find its answer cut off.
  server.keepAliveTimeout = 0
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const addressOf = (provider: string) => sandbox.baseUrlOf(provider).replace(sandbox.url, address)
  return {
    now,
    env: Object.fromEntries(sandbox.providers.map(id => [variableOf(`provider.${id}.url`), addressOf(id)])),
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await sandbox.close()
      await sql.end({ timeout: 1 })
    },
  }
}

/** An arena of glibc begins at a multiple of this. */
const arenaBytes = 64 * 1024 * 1024

function readDay({ pid }: ChildProcess): LiveDay {
  const day: LiveDay = { resident: 0, blocks: 0, files: 0, others: 0, processorS: 0 }
  for (const mapping of readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const [, start = '', mode = '', name = ''] = /^([0-9a-f]+)-\S+ (\S+) \S+ \S+ \S+ *(.*)$/m.exec(mapping) ?? []
    const mb = Number(/^Rss: +(\d+)/m.exec(mapping)?.[1] ?? 0) / 1024
    const isArena = name === '' && mode.startsWith('rw') && Number.parseInt(start, 16) % arenaBytes === 0
    day.resident += mb
    day[name === '[heap]' || isArena ? 'blocks' : name.startsWith('/') ? 'files' : 'others'] += mb
  }
  // The two behind the name, which is in brackets and may have spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  day.processorS = (Number(fields[11]) + Number(fields[12])) / 100
  return day
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      days: { type: 'string', default: '14' },
      program: { type: 'string', default: join(import.meta.dirname, '../../bin/run.js') },
    },
  })
  const { PATH = '', HOME = '' } = process.env
  await using server = await startServerDatabase()
  console.log('day  resident  blocks  files  others, MB  processor')
  const show = ({ resident, blocks, files, others, processorS }: LiveDay, nth: number) => {
    const [days, ...mb] = [nth, resident, blocks, files, others].map((value, i) =>
      value.toFixed(0).padStart([3, 8, 6, 5, 6][i] ?? 0),
    )
    console.log(`${days}  ${mb.join('  ')}      ${processorS.toFixed(0).padStart(7)} s`)
  }
  const url = await server.createEmpty('live')
  await measureLive(values.program, { PATH, HOME }, { url, days: Number(values.days), onDay: show })
}
