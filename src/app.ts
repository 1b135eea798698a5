import type { Clock } from './core/clock.ts'
import type { Config } from './core/config/config.ts'
import { keptLog } from './core/kept-log.ts'
import { type Log, withoutWarnings } from './core/log.ts'
import type { ProviderDeclaration } from './providers/declaration.ts'
import { openProvider, type Provider } from './providers/open-provider.ts'
import type { Database } from './store/database.ts'
import { databaseSettings, openDatabase } from './store/open-database.ts'
import { createPayloadArchive, type PayloadArchive } from './store/payload-archive.ts'
import { createRateBudget, type Share } from './store/rate-budget.ts'

const liveAttempts = 2

/** The opened parts. The caller that opened it closes it. */
export interface App {
  config: Config
  clock: Clock
  log: Log
  /** Aborts with a StoppedError at SIGINT or SIGTERM. */
  signal: AbortSignal
  database: Database
  archive: PayloadArchive
  openProvider(declaration: ProviderDeclaration, options: ProviderOptions): Provider
  close(): Promise<void>
}

/** What a provider is opened with: the signal and the log of the run that asks it. */
export interface ProviderOptions {
  dryRun: boolean
  signal: AbortSignal
  log: Log
  /**
   * Live work has a part of each provider's rate reserved. Default `rest`. It polls again in a few minutes anyway, so it makes fewer
   * attempts, does not log single requests, and archives the newest answer only.
   */
  share?: Share
}

export interface AppOptions extends Pick<App, 'config' | 'clock' | 'log' | 'signal'> {
  /** Simulated providers and a database of their own; with the faults asked for. */
  sandbox?: { faults: string | undefined } | undefined
  /** As `openDatabase` has them. */
  schema?: 'ready' | 'as-is'
  mayCreate?: boolean
}

export async function openApp({ config, clock, log: given, signal, sandbox: wanted, ...how }: AppOptions): Promise<App> {
  const log = keptLog(given, { level: config.log.level, clock })
  const [database, sandbox] = await Promise.all([
    openDatabase({ settings: databaseSettings(config), ...(wanted ? { name: 'sandbox' } : {}), clock, log, signal, ...how }),
    wanted && openSandbox(clock, log, wanted.faults),
  ])
  const archive = createPayloadArchive(database, clock)
  const { liveShare, timeoutMs: totalTimeoutMs } = config.api
  const openBudget = (share: Share) => (account: string, ratePerSecond: number, dailyQuota?: number) =>
    createRateBudget(database, { account, ratePerSecond, share, liveShare, dailyQuota, clock })
  return {
    config,
    clock,
    log,
    signal,
    database,
    archive,
    openProvider: (declaration, { share = 'rest', log: ownLog, ...run }) => {
      const isLive = share === 'live'
      const maxAttempts = isLive ? Math.min(config.retry.maxAttempts, liveAttempts) : config.retry.maxAttempts
      return openProvider({
        declaration,
        baseUrl: sandbox?.baseUrlOf(declaration.id) ?? config.providers[declaration.id]?.url,
        // The sandbox runs on loopback: there are no limits to respect.
        limits: {
          ...config.api,
          totalTimeoutMs,
          ratePerSecond: sandbox ? 200 : (declaration.ratePerSecond?.(config) ?? config.api.ratePerSecond),
        },
        retry: { ...config.retry, maxAttempts, ...(sandbox ? { initialDelayMs: 50 } : {}) },
        ...(sandbox ? {} : { budget: openBudget(share), account: accountFor(declaration, config) }),
        config,
        archive,
        keepNewestOnly: isLive,
        clock,
        log: (isLive ? withoutWarnings(ownLog) : ownLog).with({ provider: declaration.id }),
        ...run,
      })
    },
    close: async () => {
      await sandbox?.close()
      await database.close()
    },
  }
}

/** A stand-in may have its account in its address. */
function accountFor({ id, account }: ProviderDeclaration, config: Config) {
  const url = config.providers[id]?.url
  return url && URL.parse(url)?.username ? undefined : account?.(config)
}

async function openSandbox(clock: Clock, log: Log, faults: string | undefined) {
  const [{ startSandbox }, { parseFaultPlan }] = await Promise.all([import('./sandbox/server.ts'), import('./sandbox/faults.ts')])
  return await startSandbox({ clock, log, ...(faults ? { faults: parseFaultPlan(faults) } : {}) })
}
