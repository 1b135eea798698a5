import type { App } from '../app.ts'
import { placeOf } from '../core/config/entry.ts'
import type { LoadedConfig } from '../core/config/load.ts'
import { IngestError } from '../core/errors.ts'
import type { Sport } from '../pipeline/sport.ts'
import type { FileJob } from '../schedule/file-job.ts'
import { checkBackgroundJobs } from './background-jobs.ts'
import { type Check, checksOf } from './check.ts'
import { checkBudgets, checkFreshness, checkLetters, checkLive, checkOutbox } from './data.ts'
import { checkClocks, checkLeases, checkSchema, checkServer, checkSpace } from './database.ts'
import { checkJobs } from './jobs.ts'
import { checkProviders } from './online.ts'

export interface HealthOptions {
  loaded: LoadedConfig
  /** Enabled ones. */
  sports: readonly Sport[]
  jobs: readonly FileJob[]
  /** Ask each provider once. */
  online: boolean
  /** To which something is sent: `cache`, and those of alerts. */
  channels: readonly string[]
}

/** All checks of what works. Nothing is written but to the rate budgets, where providers are asked. */
export async function checkHealth(app: App, { loaded, sports, jobs, online, channels }: HealthOptions): Promise<Check[]> {
  const { database, clock, config } = app
  const { checks, server } = await checkServer(database)
  const schema = await checkSchema(database, () => unmadeRemedy(loaded))
  const found = [...checkSettings(loaded), ...checks, ...schema.checks]
  const parts: [name: string, work: () => Promise<Check[]>][] = [
    ['clock', () => checkClocks(database, clock)],
    ['leases', () => checkLeases(database)],
    ['jobs', () => checkJobs(database, jobs, clock)],
    ['freshness', () => checkFreshness(app, sports)],
    ['live', () => checkLive(app)],
    ['dead-letters', () => checkLetters(database)],
    ['outbox', () => checkOutbox(app, channels)],
    ['background-jobs', () => checkBackgroundJobs(database)],
    ['budget', () => checkBudgets(database, config)],
    ...(online ? [['provider', () => checkProviders(app, sports)] as [string, () => Promise<Check[]>]] : []),
  ]
  if (schema.isUsable) for (const [name, work] of parts) found.push(...(await tell(name, work, app.signal)))
  else found.push(...unusable('until its tables are there'))
  const space = () => checkSpace(config.dataDir, schema.isUsable ? database : undefined, { clock, bytes: server.bytes })
  found.push(...(await tell('disk', space, app.signal)))
  return found
}

/** What one check cannot find out does not keep the others from telling what they have. */
async function tell(name: string, work: () => Promise<Check[]>, signal: AbortSignal): Promise<Check[]> {
  try {
    return await work()
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof IngestError)) throw error
    const remedy = error.hint ?? 'Run it again; if it stays, report it with this message.'
    return [checksOf(name).failure(`This could not be checked: ${error.message}`, remedy)]
  }
}

/** What can be said where the database cannot be used. */
export async function checkWithoutDatabase(error: IngestError, { loaded }: HealthOptions, clock: App['clock']): Promise<Check[]> {
  const database = checksOf('database')
  const hint = error.hint ? ` ${error.hint}` : ''
  const remedy = isUnmade(error)
    ? unmadeRemedy(loaded)
    : `${sourceOfDatabase(loaded)} If the database has moved, name its new place there.`
  return [
    ...checkSettings(loaded),
    database.failure(`${error.message}${isUnmade(error) ? '' : hint}`, remedy),
    ...unusable('without the database'),
    ...(await checkSpace(loaded.config.dataDir, undefined, { clock, bytes: undefined })),
  ]
}

const isUnmade = ({ message }: Error): boolean => message.startsWith('There is no database in')

const unusable = (when: string): Check[] =>
  ['clock', 'leases', 'jobs', 'freshness', 'dead-letters', 'outbox', 'background-jobs', 'budget'].map(name =>
    checksOf(name).notChecked(`This cannot be checked ${when}.`),
  )

/** Settings with which nothing is written. */
function checkSettings({ config, file }: LoadedConfig): Check[] {
  const settings = checksOf('settings')
  const where = file ? `They are in ${file}.` : 'There is no settings file: defaults and the environment are in effect.'
  return config.features.dryRun
    ? [settings.warning(`features.dry_run is on: runs write nothing. ${where}`, 'Set features.dry_run to false.')]
    : [settings.ok(where)]
}

/** For a database in which nothing was ever loaded, or which is not the one that was meant. */
const unmadeRemedy = (loaded: LoadedConfig): string =>
  `If there should be data: ${sourceOfDatabase(loaded)} Else load something: sports-ingest schedule run, or sports-ingest schedule daily.`

/** Where the place of the database is set. */
function sourceOfDatabase({ config, sources }: LoadedConfig): string {
  const key = config.database.url ? 'database.url' : 'data_dir'
  const [name, variable] = config.database.url
    ? ['The address of the database', 'DATABASE_URL']
    : [`The data directory ${config.dataDir}`, 'SPORTS_INGEST_DATA_DIR']
  const source = sources[key]
  if (source?.kind === 'file') return `${name} comes from ${placeOf(source)} (${key}).`
  if (source?.kind === 'environment') return `${name} comes from the environment (${source.variable}).`
  return `${name} is the default; ${variable}, data_dir or database.url name another one.`
}
