import { didYouMean, guess } from '../suggest.ts'
import { providerIds } from './config.ts'
import { checkGiven, complaint, type Entry } from './entry.ts'
import type { Problem } from './problem.ts'
import type { Setting } from './setting.ts'

/** Variables with our prefix that are not settings: the file's path, what a job's program is told, and a hook of the tests. */
const others = ['SPORTS_INGEST_CONFIG', 'SPORTS_INGEST_JOB', 'SPORTS_INGEST_RUN', 'SPORTS_INGEST_STEP']

/** What oclif and its completion read under the same prefix; the completion's are set in the user's shell profile. */
const oclifs = /^SPORTS_INGEST_(BINPATH|CACHE_DIR|CONFIG_DIR|DEBUG|DISABLE_THEME|NPM_REGISTRY|.*NEW_VERSION_CHECK.*|AC_.*)$/

/** What the environment sets, and what is wrong with it. An empty variable counts as unset. */
export function readEnvironment(
  env: Record<string, string | undefined>,
  settings: readonly Setting[],
  cwd: string,
): { entries: Entry[]; problems: Problem[] } {
  const entries: Entry[] = []
  const problems: Problem[] = []
  for (const setting of settings) {
    const variable = setting.variables.find(variable => env[variable])
    if (!variable) continue
    const checked = checkGiven(setting.kind, env[variable], cwd)
    if ('value' in checked) entries.push({ setting, value: checked.value, source: { kind: 'environment', variable }, dir: cwd })
    else problems.push(complaint(variable, checked))
  }
  const known = new Set([...others, ...settings.flatMap(({ variables }) => variables)])
  for (const [variable, value] of Object.entries(env)) {
    if (!value || !variable.startsWith('SPORTS_INGEST_') || known.has(variable) || oclifs.test(variable)) continue
    problems.push(unknownVariable(variable, known))
  }
  return { entries, problems }
}

function unknownVariable(variable: string, known: Iterable<string>): Problem {
  const provider = /^SPORTS_INGEST_PROVIDER_(.+)_URL$/.exec(variable)?.[1]?.toLowerCase().replaceAll('_', '-')
  if (provider) {
    const message = `There is no provider called ${provider}, as in ${variable}.`
    return { message, hint: didYouMean(provider, providerIds) }
  }
  const message = `There is no setting for the variable ${variable}.`
  return { message, hint: guess(variable, known) ?? 'Variables are called SPORTS_INGEST_<SECTION>_<KEY>, as in the file.' }
}
