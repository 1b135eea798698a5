import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import { type Log, silentLog } from '../core/log.ts'
import { didYouMean } from '../core/suggest.ts'
import { chooseFault, type FaultKind, type FaultPlan, strike } from './faults.ts'
import { keepLatest } from './keep.ts'
import { createSimulatedNba } from './nba/providers.ts'
import { createSimulatedNfl } from './nfl/providers.ts'
import { type Answer, fileType, type SimulatedProvider, textAnswer } from './provider.ts'
import { createSimulatedRacing } from './racing/providers.ts'

export interface SandboxOptions {
  /** Which season is on, which games have been played: everything follows this clock. */
  clock: Clock
  log?: Log
  /** None where left out. */
  faults?: FaultPlan
  /** Another seed is another world: other players, other fixtures, other scores. */
  seed?: number
  /** The providers to simulate; all known ones where left out. */
  leagues?: readonly SimulatedProvider[]
  /** 0 or left out: any free one. */
  port?: number
}

/** One request as the sandbox saw it. */
interface SandboxRequest {
  at: Date
  /** The first segment of the path: which provider was meant. */
  host: string
  /** Path and query behind the host. */
  path: string
  /** The status sent; undefined where a fault left the request unanswered. */
  status: number | undefined
  fault: FaultKind | undefined
}

export interface Sandbox extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string
  /** The ids of the simulated providers. */
  readonly providers: readonly string[]
  /** The base address to give a provider (`SPORTS_INGEST_PROVIDER_<ID>_URL`). @throws UsageError for one that is not simulated */
  baseUrlOf(providerId: string): string
  /** The latest requests (at most 10,000), oldest first. */
  requests(): readonly SandboxRequest[]
  /** Keeps the process alive until `close()`, for a command that only serves. */
  hold(): void
  /** Ends open requests and frees the port. */
  close(): Promise<void>
}

const keptRequests = 10_000

/**
 * Serves simulated providers on loopback at `<url>/<host>/<path of the real API>`. Ready in a few milliseconds: a
 * season is made up at the first request for it. By itself it does not keep the process alive (see `hold`), so a
 * command that used it ends when its own work ends.
 * @throws UsageError when the port is taken
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock, log = silentLog, faults, seed = 1, port = 0 } = options
  const leagues = options.leagues ?? [...createSimulatedNba(seed), ...createSimulatedNfl(seed), ...createSimulatedRacing(seed)]
  const hosts = leagues.flatMap(league => (league.storage ? [league, league.storage] : [league]))
  const byHost = new Map(hosts.map(host => [host.host, host]))
  const requests: SandboxRequest[] = []
  // How often each address was asked for lately, which faults are drawn from.
  const timesAsked = keepLatest(keptRequests, (_address: string) => ({ count: 0 }))

  const server = createServer((request, response) => {
    serve(request, response).catch(error => {
      log.error('sandbox.error', { path: request.url, error: String(error) })
      response.destroy()
    })
  })
  // The time of an idle connection begins when a body was handed to the system; a reader that is slow for longer would find it cut off.
  server.keepAliveTimeout = 0
  server.on('connection', socket => socket.unref())

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search, searchParams } = new URL(`http://sandbox${request.url}`)
    const host = pathname.split('/')[1] ?? ''
    const path = pathname.slice(host.length + 1)
    const answer = answerTo(byHost.get(host), path, searchParams, request)
    const fault = faults && chooseFault(faults, seed, pathname + search, timesAsked(pathname + search).count++)
    const reply = toReply(answer, fault ? {} : request.headers)
    if (fault) await strike(fault, response, { ...reply, clock })
    else response.writeHead(reply.status, reply.headers).end(reply.body)
    const status = response.headersSent ? response.statusCode : undefined
    if (requests.length === keptRequests) requests.shift()
    requests.push({ at: clock.now(), host, path: path + search, status, fault })
    log.debug('sandbox.request', { host, path: path + search, status, fault })
  }

  function answerTo(
    league: Omit<SimulatedProvider, 'id'> | undefined,
    path: string,
    query: URLSearchParams,
    request: IncomingMessage,
  ): Answer {
    if (!league) return textAnswer(404, `There is no such provider here. Simulated: ${[...byHost.keys()].join(', ')}\n`)
    if (request.method !== 'GET') return textAnswer(405, 'Only GET is answered here.\n')
    return league.refuse?.(request.headers) ?? league.answer(path, query, clock.now()) ?? league.missing()
  }

  server.listen(port, '127.0.0.1').unref()
  await once(server, 'listening').catch(cause => {
    throw new UsageError(`The sandbox cannot listen on 127.0.0.1:${port}.`, {
      hint: 'choose another port, or 0 for any free one',
      cause,
    })
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  log.debug('sandbox.start', { url, seed })

  async function close(): Promise<void> {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  return {
    url,
    providers: leagues.map(({ id }) => id),
    baseUrlOf(providerId) {
      const league = leagues.find(({ id }) => id === providerId)
      if (league) return `${url}/${league.host}`
      const known = leagues.map(({ id }) => id)
      throw new UsageError(`The sandbox does not simulate ${providerId}.`, {
        hint: didYouMean(providerId, known) ?? known.join(', '),
      })
    },
    requests: () => requests,
    hold: () => void server.ref(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Tags and packed forms of buffers seen before; a provider that did not change sends the same buffer. */
const tags = new WeakMap<Buffer, string>()
const packs = new WeakMap<Buffer, Buffer>()

function remembered<V>(map: WeakMap<Buffer, V>, body: Buffer, make: () => V): V {
  const value = map.get(body) ?? make()
  map.set(body, value)
  return value
}

const tagOf = (text: Buffer | string): string => `"${createHash('sha1').update(text).digest('hex')}"`

/** The answer as this client gets it: 304 when it has it already, packed when it can unpack. */
function toReply(answer: Answer, headers: IncomingHttpHeaders) {
  const { status, type, version, headers: more } = answer
  const etag = version === undefined ? remembered(tags, answer.body, () => tagOf(answer.body)) : tagOf(version)
  const had = (headers['if-none-match'] ?? '').split(',').some(tag => tag.trim().replace(/^W\//, '') === etag)
  if (status === 200 && had) return { status: 304, headers: { etag }, body: Buffer.alloc(0) }
  const { body } = answer
  const packed = type !== fileType && /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''))
  const sent = packed ? remembered(packs, body, () => gzipSync(body, { level: 1 })) : body
  const encoding: Record<string, string> = packed ? { 'content-encoding': 'gzip', vary: 'accept-encoding' } : {}
  return { status, headers: { 'content-type': type, etag, 'content-length': sent.length, ...encoding, ...more }, body: sent }
}
