import { basename, isAbsolute, relative } from 'node:path'
import type { LoadedConfig } from '../../core/config/load.ts'
import { said } from '../../core/config/setting.ts'
import { isUsed, settingsIn } from '../../core/config/settings.ts'
import { quoteForShell } from '../crontab/quote.ts'
import { fieldsIn } from '../fields-in-zone.ts'
import { listFromEnvironment } from '../from-environment.ts'
import { listJobs } from '../jobs-of-file.ts'

/** A file of a manifest. */
export interface ManifestFile {
  name: string
  text: string
}

export interface Manifest {
  files: ManifestFile[]
  /** What else is to be done, a line each. */
  notes: string[]
  /** What is to be run for it, or handed to the host. */
  commands: string[]
}

/** A process that the host starts: at times, or kept running. */
export interface Service {
  name: string
  about: string
  /** Behind the name of the program. */
  words: readonly string[]
  /** Five cron fields in UTC; none for one that is always there. */
  fields?: string
}

export interface Variable {
  name: string
  /** None for a secret. */
  value?: string
}

export interface ManifestOptions {
  services: readonly Service[]
  /** But for the address of the database. */
  variables: readonly Variable[]
}

/** A job whose cycles are run as they are due makes the worker that does so all the time superfluous. */
const runsLive = ({ run, enabled }: { run: string; enabled: boolean }) => enabled && run === 'live'

/** @param config how the settings file is named there */
export function listServices({ config: settings }: LoadedConfig, config: string, perJob: boolean, now: Date): Service[] {
  const jobs = listJobs(settings)
  const run = ['schedule', 'run', '--config', config]
  const starts = perJob
    ? jobs
        .filter(({ enabled }) => enabled)
        .map(job => ({
          name: `sports-ingest-${job.name}`,
          about: `${job.name}: ${job.frequency} ${job.timezone}`,
          words: [...run, '--job', job.name],
          fields: fieldsIn(job, ['UTC'], now),
        }))
    : [{ name: 'sports-ingest', about: 'the jobs that are due', words: run, fields: '*/10 * * * *' }]
  const live = { name: 'sports-ingest-live', about: 'live games', words: ['live', '--config', config] }
  return jobs.some(runsLive) ? starts : [...starts, live]
}

/** The settings file in a repository: below the working directory, or else at its top. */
export function fileInRepository(file: string, cwd: string): string {
  const path = relative(cwd, file)
  return path.startsWith('..') || isAbsolute(path) ? basename(file) : path
}

/**
 * What the host is to set: the settings that come from the environment here, and each secret, wherever it comes from here. The address of the
 * database is none of them.
 */
export function listVariables(loaded: LoadedConfig, env: NodeJS.ProcessEnv): Variable[] {
  const { config } = loaded
  const found = new Map(listFromEnvironment(loaded, env).map(setting => [setting.variable, setting]))
  return settingsIn(config).flatMap(setting => {
    const { key, kind, variables } = setting
    const [name = ''] = variables
    if (['database.url', 'database.direct_url'].includes(key) || !isUsed(key)) return []
    const given = variables.map(variable => found.get(variable)).find(Boolean)
    if (given?.value !== undefined) return [{ name, value: String(given.value) }]
    return given?.isSecret || (kind.secret && said(setting, config) !== undefined) ? [{ name }] : []
  })
}

/** As a shell takes it, in a folder with the program installed. */
export const commandOf = (words: readonly string[]): string => ['npx', 'sports-ingest', ...words].map(quoteForShell).join(' ')

/** What a new version of the program asks for before it starts, with the settings of a command. */
export function migrate(words: readonly string[]): string {
  const at = words.indexOf('--config')
  return commandOf(['db', 'migrate', ...words.slice(at, at + 2)])
}
