import { createHash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { Config } from '../core/config/config.ts'
import { ProviderRejectedError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { RateBudget } from '../core/rate-budget.ts'
import { reachStep } from '../core/steps.ts'
import { createHttpClient } from '../http/client.ts'
import type { Download, DownloadResult } from '../http/download.ts'
import type { Answer } from '../http/get.ts'
import { defaultLimits, type Limits, type RetryPolicy } from '../http/limits.ts'
import type { Validators } from '../http/validators.ts'
import type { PayloadArchive } from '../store/payload-archive.ts'
import type { Account, ProviderDeclaration } from './declaration.ts'

/** An opened provider: requests stay within its limits, and each JSON answer is archived. */
export interface Provider {
  readonly id: string
  /** Requests made so far, retries included. */
  readonly requests: number
  /** The most that all processes together may request. */
  readonly ratePerSecond: number
  /** Requests in a day (UTC), and what each costs, where the settings say so. */
  readonly dailyQuota: number | undefined
  readonly price: number | undefined
  /** How many requests of the quota are left today; undefined where there is none. */
  left(): Promise<number | undefined>
  /**
   * A JSON file by its path. The request is conditional if an earlier answer is archived; a changed one is archived before it is returned.
   * @throws an IngestError
   */
  get(path: string): Promise<Answer>
  /**
   * A file by its path, streamed to `consume`; `unchanged` if it is still the `known` one. It is not archived.
   * See `HttpClient.download`: `consume` has to read to the end, and may run again.
   * @throws an IngestError, or the error of `consume`
   */
  download<T>(
    path: string,
    options: { known?: Validators | undefined },
    consume: (file: Download) => Promise<T>,
  ): Promise<DownloadResult<T>>
  close(): Promise<void>
}

export interface ProviderOptions {
  declaration: ProviderDeclaration
  /** Instead of the declaration's: a mirror, a stand-in. */
  baseUrl: string | undefined
  limits: Partial<Limits>
  retry: Partial<RetryPolicy>
  /** Of whom it is asked, where it wants an account. */
  account?: Account | undefined
  /** For what the declaration reads from it. */
  config?: Config | undefined
  /** The rate that this process shares with others that use the same account; without it, it has a rate of its own. */
  budget?: (account: string, ratePerSecond: number, dailyQuota?: number) => RateBudget
  archive: PayloadArchive
  /** Reads the archive but writes nothing to it. */
  dryRun: boolean
  /** Only the newest answer of each address is archived. */
  keepNewestOnly?: boolean
  clock: Clock
  log: Log
  signal: AbortSignal
}

export function openProvider(options: ProviderOptions): Provider {
  const { declaration, archive, clock, log, signal } = options
  const baseUrl = options.baseUrl ?? declaration.baseUrl
  const limits = lower(options.limits, declaration.limits)
  const ratePerSecond = limits.ratePerSecond ?? defaultLimits.ratePerSecond
  const { slower, explainRefusal } = declaration
  const { config } = options
  const slowRate = slower && config && Math.min(slower.ratePerSecond(config), ratePerSecond)
  const { dailyQuota, price } = config?.providers[declaration.id] ?? {}
  const account = accountOf(declaration.id, baseUrl, options.account)
  const budget = options.budget?.(account, ratePerSecond, dailyQuota)
  const client = createHttpClient({
    provider: declaration.id,
    baseUrl,
    headers: { ...declaration.headers, ...(options.account && { authorization: basic(options.account) }) },
    limits,
    retry: lower(options.retry, declaration.retry),
    archive,
    budget,
    ...(slower &&
      slowRate && {
        slower: { isMeant: slower.isMeant, ratePerSecond: slowRate, budget: options.budget?.(`${account}:slower`, slowRate) },
      }),
    clock,
    log,
  })
  const answered = new Set<string>()

  /** Only 401 is about an account: 403 and a page instead of JSON come from what stands before the API, and may pass. */
  async function getOrExplain(path: string): Promise<Answer> {
    try {
      return await client.get(path, { signal })
    } catch (error) {
      if (!(error instanceof ProviderRejectedError)) throw error
      const hint = error.kind === 'rejected' ? declaration.remedyFor?.(error.message, path) : undefined
      if (hint) {
        const { kind, status, body, cause } = error
        throw new ProviderRejectedError(error.message, { kind, hint, body, cause, ...(status !== undefined && { status }) })
      }
      if (error.status !== 401 || !explainRefusal || !config) throw error
      const about = { ask: (asked: string) => client.get(asked, { signal }), hasAnswered: answered.has(endpointOf(path)) }
      const reason = await explainRefusal(path, config, about)
      if (reason) throw reason
      return await client.get(path, { signal })
    }
  }

  return {
    id: declaration.id,
    ratePerSecond,
    ...{ dailyQuota: budget && dailyQuota, price },
    left: async () => await budget?.left(),
    get requests() {
      return client.requests
    },
    get: async path => {
      await reachStep('before-fetch')
      const answer = await getOrExplain(path)
      answered.add(endpointOf(path))
      await reachStep('after-fetch')
      if (answer.status === 200 && !options.dryRun) {
        await archive.keep({ provider: declaration.id, ...answer }, { alone: options.keepNewestOnly === true })
        await reachStep('after-archive')
      }
      // What is still asked for is not old, however long ago it last changed.
      if (answer.status === 304 && !options.dryRun) await archive.confirm(declaration.id, answer.url, answer.fetchedAt)
      return answer
    },
    download: async (path, { known }, consume) => {
      await reachStep('before-fetch')
      const result = await client.download(path, { signal, ...(known && { known }) }, consume)
      await reachStep('after-fetch')
      return result
    },
    close: () => client.close(),
  }
}

const endpointOf = (path: string): string => path.replace(/\?.*$/, '')

/** Of the settings' and the declaration's number the lower one counts. */
function lower<T extends Limits | RetryPolicy>(asked: Partial<T>, declared: Partial<T> = {}): Partial<T> {
  const wanted = asked as Record<string, number>
  const entries = Object.entries<number>(declared as Record<string, number>)
  return { ...asked, ...Object.fromEntries(entries.map(([name, most]) => [name, Math.min(wanted[name] ?? most, most)])) }
}

const basic = ({ username, password }: Account): string => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

/**
 * The account that the rate belongs to: address and user, so that a stand-in on loopback does not share with the real provider.
 * Without the password.
 */
function accountOf(id: string, baseUrl: string, account: Account | undefined): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : { origin: baseUrl, username: '' }
  const { origin } = url
  const username = account?.username ?? url.username
  return `${id}:${createHash('sha256').update(`${username}@${origin}`).digest('hex').slice(0, 12)}`
}
