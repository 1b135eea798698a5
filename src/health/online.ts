import type { App } from '../app.ts'
import { IngestError, ProviderRefusesError, ProviderRejectedError, RateLimitedError } from '../core/errors.ts'
import { dayOf } from '../core/zones.ts'
import type { Sport } from '../pipeline/sport.ts'
import type { ProviderDeclaration } from '../providers/declaration.ts'
import type { Provider } from '../providers/open-provider.ts'
import { type Check, checksOf } from './check.ts'

const { ok, warning, failure, notChecked } = checksOf('provider')

/** The beginning of a file is enough to know that it is sent. */
class Enough extends Error {}

/**
 * Asks each provider of some sports once, for something small, within its rate and without a second attempt where it is of no use. Nothing
 * of what it sends is kept.
 */
export async function checkProviders(app: App, sports: readonly Sport[]): Promise<Check[]> {
  const found: Check[] = []
  const asked = new Set<string>()
  for (const sport of sports) {
    for (const declaration of [...sport.providers, ...(sport.live ? [sport.live.provider] : [])]) {
      if (asked.has(declaration.id)) continue
      asked.add(declaration.id)
      found.push(await checkProvider(app, sport, declaration))
    }
  }
  return found
}

async function checkProvider(app: App, sport: Sport, declaration: ProviderDeclaration): Promise<Check> {
  const { id, probe, isOptional } = declaration
  const lacks = sport.lacks?.(app.config)
  if (lacks)
    return notChecked(
      `${sport.id} lacks ${lacks}, so it is not asked.`,
      `Set ${lacks}, or sports.${sport.id}.enabled to false.`,
      id,
    )
  if (!probe) return notChecked('Nothing is known that it can be asked for.', null, id)
  const path = probe.path(dayOf(app.clock.now(), sport.zone))
  let provider: Provider | undefined
  const startedMs = app.clock.elapsedMs()
  try {
    provider = app.openProvider(declaration, { dryRun: true, signal: app.signal, log: app.log, share: 'live' })
    await ask(provider, path, probe.isFile)
    const tookMs = Math.round(app.clock.elapsedMs() - startedMs)
    return ok(`It answers in ${tookMs} ms.`, id)
  } catch (error) {
    app.signal.throwIfAborted()
    if (!(error instanceof IngestError)) throw error
    return toCheck(error, id, isOptional === true)
  } finally {
    await provider?.close()
  }
}

async function ask(provider: Provider, path: string, isFile: boolean): Promise<void> {
  if (!isFile) {
    await provider.get(path)
    return
  }
  try {
    await provider.download(path, { known: undefined }, async ({ chunks }) => {
      for await (const chunk of chunks) if (chunk.length > 0) throw new Enough()
    })
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
}

function toCheck(error: IngestError, id: string, isOptional: boolean): Check {
  const hint = error.hint ? ` ${error.hint}` : ''
  if (isOptional)
    return notChecked(
      `${error.message} The current season does not need it.`,
      'It answers few hosting networks: seasons of the past are to be loaded from another one.',
      id,
    )
  if (error instanceof RateLimitedError)
    return warning(`${error.message}${hint}`, 'Wait until then: runs go on by themselves.', id)
  const isBlock =
    error instanceof ProviderRefusesError ||
    (error instanceof ProviderRejectedError && [401, 403, 451].includes(error.status ?? 0))
  if (isBlock)
    return failure(
      `${error.message} It refuses this address or client.${hint}`,
      'Run from another network, or wait; after an update of the program it may answer again. What is missed is caught up on.',
      id,
    )
  return failure(
    `${error.message}${hint}`,
    'Look whether this host reaches the network (curl), and whether others have the same trouble. Runs try again by themselves.',
    id,
  )
}
