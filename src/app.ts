import type { Clock } from './core/clock.ts'
import type { Config } from './core/config/config.ts'
import { type Log, withoutWarnings } from './core/log.ts'
import { keepHeapSmall } from './core/memory.ts'
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

export interface AppOptions {
  config: Config
  clock: Clock
  log: Log
  signal: AbortSignal
  /** Simulated providers and a database of their own; with the faults asked for. */
  sandbox?: { faults?: string }
}

export async function openApp({ config, clock, log, signal, sandbox: wanted }: AppOptions): Promise<App> {
  keepHeapSmall()
  const [database, sandbox] = await Promise.all([
    openDatabase({ settings: databaseSettings(config), ...(wanted ? { name: 'sandbox' } : {}), clock, log, signal }),
    wanted && startSandbox(),
  ])
  const archive = createPayloadArchive(database)
  return {
    config,
    clock,
    log,
    signal,
    database,
    archive,
    openProvider: (declaration, { dryRun, signal: ownSignal, log: ownLog, share = 'rest' }) =>
      openProvider({
        declaration,
        baseUrl: sandbox?.baseUrlOf(declaration.id) ?? config.providers[declaration.id as keyof Config['providers']]?.url,
        // The sandbox runs on loopback: there are no limits to respect.
        limits: { ...config.api, totalTimeoutMs: config.api.timeoutMs, ...(sandbox ? { ratePerSecond: 200 } : {}) },
        retry: {
          ...config.retry,
          ...(sandbox ? { initialDelayMs: 50 } : {}),
          ...(share === 'live' ? { maxAttempts: Math.min(config.retry.maxAttempts, liveAttempts) } : {}),
        },
        ...(sandbox
          ? {}
          : {
              budget: (account: string, ratePerSecond: number) =>
                createRateBudget(database, { account, ratePerSecond, share, liveShare: config.api.liveShare, clock }),
            }),
        archive,
        dryRun,
        keepNewestOnly: share === 'live',
        clock,
        log: (share === 'live' ? withoutWarnings(ownLog) : ownLog).with({ provider: declaration.id }),
        signal: ownSignal,
      }),
    close: async () => {
      await sandbox?.close()
      await database.close()
    },
  }

  async function startSandbox() {
    const [{ startSandbox: start }, { parseFaultPlan }] = await Promise.all([
      import('./sandbox/server.ts'),
      import('./sandbox/faults.ts'),
    ])
    return await start({ clock, ...(wanted?.faults ? { faults: parseFaultPlan(wanted.faults) } : {}) })
  }
}
