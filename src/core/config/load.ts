import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { type Config, defaults, type JobRun, jobDefaults } from './config.ts'
import { complaint, type Entry, placeOf, type Source } from './entry.ts'
import { readEnvironment } from './environment.ts'
import { findFile } from './find-file.ts'
import { type Problem, problemError, problemLine } from './problem.ts'
import type { FileReading } from './read-file.ts'
import { followReference, isReference, variableNamed } from './reference.ts'
import { putAt } from './setting.ts'
import { type JobKeys, oneOf, settingsWith } from './settings.ts'

export interface ConfigOptions {
  env: Record<string, string | undefined>
  cwd: string
  /** The file named by `--config`. */
  configFile?: string | undefined
  /** The user who runs; decides the default data directory. */
  uid?: number | undefined
}

export interface LoadedConfig {
  config: Config
  /** By the file's keys: where each value in effect came from. */
  sources: Record<string, Source>
  /** Absolute path of the file that was read. */
  file: string | undefined
  warnings: string[]
}

/** The settings in effect. All mistakes are reported together, as a `ConfigError` (`CredentialsError` where only secrets are missing). */
export async function loadConfig(options: ConfigOptions): Promise<LoadedConfig> {
  const { config, problems, ...rest } = await checkConfig(options)
  if (!config) throw problemError(problems)
  return { config, ...rest }
}

/** The same with the list of mistakes, for `config validate`: `config` if there are none. */
export async function checkConfig(options: ConfigOptions) {
  const { env, configFile, uid = process.getuid?.() } = options
  const cwd = resolve(options.cwd)
  const found = await findFile(cwd, env, configFile)
  const reading = await readFound(found)
  const settings = settingsWith(reading.jobs)
  const fromEnvironment = readEnvironment(env, settings, cwd)

  // Later entries beat earlier ones.
  const winners = new Map<string, Entry>()
  for (const entry of [...reading.entries, ...fromEnvironment.entries]) winners.set(entry.setting.key, entry)
  const secrets = [...winners.values()].filter(({ setting }) => setting.kind.secret)
  const revealed = await Promise.all(secrets.map(entry => reveal(entry, env)))
  const single = [...reading.problems, ...fromEnvironment.problems, ...revealed.flatMap(({ problem }) => problem ?? [])]
  const problems = [...single, ...reading.jobs.flatMap(({ name }) => jobProblems(name, winners, single))]
  const warnings = [...reading.warnings, ...revealed.flatMap(({ warning }) => warning ?? [])]

  const config = problems.length > 0 ? undefined : assemble(winners, reading.jobs, defaultDataDir(env, uid), found?.path)
  const sources = Object.fromEntries(
    settings.map(({ key }): [string, Source] => [key, winners.get(key)?.source ?? { kind: 'default' }]),
  )
  return { config, sources, file: found?.path, problems, warnings }
}

async function readFound(found: Awaited<ReturnType<typeof findFile>>): Promise<FileReading> {
  if (!found || 'problem' in found) return { entries: [], jobs: [], problems: found ? [found.problem] : [], warnings: [] }
  // Imported here because yaml takes tens of milliseconds, which a run without a file does not owe.
  const { readFile } = await import('./read-file.ts')
  return readFile(found)
}

/** Puts the secret itself in the place of its text or reference. */
async function reveal(entry: Entry, env: ConfigOptions['env']): Promise<{ problem?: Problem; warning?: string }> {
  const { setting, value, source, dir } = entry
  const place = source.kind === 'file' ? placeOf(source) : undefined
  const name = source.kind === 'environment' ? source.variable : setting.key
  const followed = isReference(value) ? await followReference(String(value), env, dir) : { value }
  if ('problem' in followed) return { problem: { place, ...complaint(name, followed), credentials: true } }
  const checked = setting.kind.check(followed.value, dir)
  if ('problem' in checked) return { problem: { place, ...complaint(name, checked) } }
  entry.value = checked.value
  const variable = isReference(value) ? variableNamed(String(value)) : undefined
  if (source.kind === 'file' && variable) entry.source = { ...source, variable }
  return checked.warning ? { warning: problemLine({ place, ...complaint(name, { problem: checked.warning }) }) } : {}
}

/** What is wrong with the settings of a job together: some have no effect on what it runs, and some it needs. */
function jobProblems(name: string, winners: ReadonlyMap<string, Entry>, single: readonly Problem[]): Problem[] {
  const entryOf = (key: string) => winners.get(`jobs.${name}.${key}`)
  const run = entryOf('run')
  if (!run) return []
  const problems: Problem[] = []
  const complain = (entry: Entry, problem: string, hint: string) => {
    const { source, setting } = entry
    const called = source.kind === 'environment' ? source.variable : setting.key
    problems.push({ place: source.kind === 'file' ? placeOf(source) : undefined, ...complaint(called, { problem, hint }) })
  }
  for (const entry of winners.values()) {
    const { key, runs } = entry.setting
    if (!key.startsWith(`jobs.${name}.`) || !runs || runs.includes(String(run.value))) continue
    complain(entry, `has no effect with run: ${run.value}`, `It is for run: ${runs.join(', ')}.`)
  }
  const [one, other, hint] = oneOf[run.value as JobRun] ?? []
  if (!one || !other || !hint) return problems
  const [first, second] = [entryOf(one), entryOf(other)]
  if (first && second) complain(second, `cannot be given with ${one}`, hint)
  const isTold = [one, other].some(key => single.some(({ message }) => message.startsWith(`jobs.${name}.${key} `)))
  if (!first && !second && !isTold) complain(run, `is ${run.value}, which needs ${one} or ${other}`, hint)
  return problems
}

function assemble(
  winners: ReadonlyMap<string, Entry>,
  jobs: readonly JobKeys[],
  dataDir: string,
  file: string | undefined,
): Config {
  const config: Config = { ...structuredClone(defaults), dataDir, ...(file ? { file } : {}) }
  for (const { name } of jobs) putAt(config, ['jobs', name], { ...jobDefaults })
  for (const { setting, value } of winners.values()) putAt(config, setting.at, value)
  for (const job of Object.values(config.jobs)) job.timezone ??= config.timezone
  return config
}

/** For root it is that of the machine; the XDG specification says that a relative XDG_DATA_HOME is to be ignored. */
function defaultDataDir(env: ConfigOptions['env'], uid: number | undefined): string {
  if (uid === 0) return '/var/lib/sports-ingest'
  const xdg = env['XDG_DATA_HOME']
  const base = xdg && isAbsolute(xdg) ? xdg : join(env['HOME'] || homedir(), '.local', 'share')
  return join(base, 'sports-ingest')
}
