import { addDays } from '../../core/days.ts'
import { type IngestError, PayloadError, ProviderRejectedError } from '../../core/errors.ts'
import { toItemError } from '../../core/outcome.ts'
import type { DownloadResult } from '../../http/download.ts'
import { listDiscarded } from '../../store/dead-letters.ts'
import type { LoadedFile } from '../../store/files.ts'
import { providerOf, type UnitContext } from '../context.ts'
import type { FileSource } from '../dataset.ts'
import { undiscarded } from '../discarded.ts'
import { listFinals } from '../events.ts'
import type { Counts } from '../receipt.ts'
import { settle } from '../settle.ts'
import type { FileUnit } from '../unit.ts'
import { nameOf } from '../unit-span.ts'
import { commitFile, SpentError } from './commit-file.ts'
import { spool } from './spool.ts'

/** What became of a file. One that a person has discarded, and that fails in the same way, is missing. */
export type FileResult =
  | { became: 'done'; counts: Counts }
  | { became: 'unchanged' }
  | { became: 'missing' }
  | { became: 'failed'; error: IngestError }

/** How often a file is asked for once more because the connection to the database was lost while it was written. */
const maxAgain = 5

/** How much of a file that cannot be loaded is kept with its dead letter: its header, and some rows. */
const keptBytes = 64 * 1024

/**
 * Loads a file: asks for it, at one source after the other, and writes it as it streams. Rows, dead letters, the season's watermark and
 * the state of the file are one transaction. What cannot be loaded becomes a dead letter, never an exception, but for what concerns the
 * run as a whole.
 */
export async function loadFile(unit: FileUnit, context: UnitContext): Promise<FileResult> {
  const head: Buffer[] = []
  try {
    for (let again = 0; ; again++) {
      try {
        return await trySources(unit, context, head)
      } catch (error) {
        if (!(error instanceof SpentError) || again === maxAgain) throw error
        context.log.warn('file.again', { dataset: unit.dataset.name, unit: unit.key, reason: 'the database was lost meanwhile' })
      }
    }
  } catch (error) {
    return await failFile(unit, context, toItemError(error), Buffer.concat(head))
  }
}

async function trySources(unit: FileUnit, context: UnitContext, head: Buffer[]): Promise<FileResult> {
  const sources = sourcesOf(unit)
  let cause: Error | undefined
  for (const source of sources) {
    try {
      return await trySource(unit, context, source, head)
    } catch (error) {
      if (!(error instanceof ProviderRejectedError) || error.kind !== 'not-found') throw error
      cause = error
    }
  }
  const { dataset, season } = unit
  if (dataset.mayBeMissing || (season && !(await isExpected(unit, season, context)))) {
    await closeLetter(unit, context)
    return { became: 'missing' }
  }
  const [{ provider } = { provider: '' }] = sources
  const where =
    sources.length === 1 ? `at ${sources[0]?.path}` : `at any of ${sources.length} places, ${sources.at(-1)?.path} the last`
  const message = `${provider} has no ${nameOf(dataset.name, unit)} (404): it is not ${where}.`
  throw new ProviderRejectedError(message, { kind: 'not-found', cause })
}

/**
 * The newest generation there is, which has the most columns. What was loaded from one is not replaced by an older one because a file is
 * away for a day.
 */
function sourcesOf(unit: FileUnit): readonly FileSource[] {
  const { loaded } = unit
  const sources = unit.dataset.sources(unit)
  const at = loaded ? sources.findIndex(({ provider, path }) => provider === loaded.provider && loaded.url.endsWith(path)) : -1
  return at < 0 ? sources : sources.slice(0, at + 1)
}

async function trySource(unit: FileUnit, context: UnitContext, source: FileSource, head: Buffer[]): Promise<FileResult> {
  const { known } = unit
  const isKnown = known?.provider === source.provider && known.url.endsWith(source.path)
  const tags = isKnown ? tagsOf(known) : {}
  const result = await providerOf(context, source.provider).download(source.path, { known: tags }, async file => {
    head.length = 0
    try {
      if (!known) return await commitFile(unit, context, source, file, keepingHead(file.chunks, head))
      await using copy = await spool(file.chunks)
      if (file.sum().hash === known.hash) return undefined
      return await commitFile(unit, context, source, file, keepingHead(copy.chunks(), head))
    } catch (error) {
      throw error instanceof PayloadError ? ofFile(error, file.url) : error
    }
  })
  if (result.status === 'loaded' && result.value) return { became: 'done', counts: result.value }
  await keepUnchanged(unit, context, result)
  return { became: 'unchanged' }
}

/** What is wrong with a file, with where it is and what comes next. */
const ofFile = ({ message, hint = staysAsItIs, cause }: PayloadError, url: string) =>
  new PayloadError(`${message.replace(/\.$/, '')}, in ${url}.`, { hint, cause })

const staysAsItIs = 'What is stored stays; the next run asks for the file again.'

const tagsOf = ({ etag, lastModified }: Partial<Pick<LoadedFile, 'etag' | 'lastModified'>>) => ({
  ...(etag && { etag }),
  ...(lastModified && { lastModified }),
})

async function* keepingHead(chunks: AsyncIterable<Buffer>, head: Buffer[]): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of chunks) {
    if (bytes < keptBytes) head.push(Buffer.from(chunk.subarray(0, keptBytes - bytes)))
    bytes += chunk.length
    yield chunk
  }
}

/** Whether the files of a season must be there: when an event of it was over for a day. They are published the morning after. */
async function isExpected({ to }: FileUnit, season: string, { database, sport, today }: UnitContext): Promise<boolean> {
  if (to < today) return true
  const finals = await database.run(sql => listFinals(sql, sport, season))
  return finals.some(({ day }) => day < addDays(today, -1))
}

/**
 * Closes the letter of a file that was away or broken for a while and is what it was before; those of its rows stay. One that was
 * sent though it is the same has other tags by now.
 */
async function keepUnchanged(unit: FileUnit, { sport, run, clock }: UnitContext, result: DownloadResult<unknown>): Promise<void> {
  const { dataset, key, known, hasLetter, shape } = unit
  const sent = result.status === 'loaded' ? result : known
  const hasTags = (sent?.etag ?? null) !== known?.etag || known?.shape !== shape
  if (run.id === null || (!hasLetter && !hasTags)) return
  const settlement = {
    sport: sport.id,
    unit,
    at: clock.now(),
    ...(hasTags ? { tags: { ...tagsOf(sent ?? {}), shape } } : {}),
    ...(hasLetter ? { resolved: [{ dataset: dataset.name, item: key }] } : {}),
  }
  await run.commit(tx => settle(tx, run, settlement))
}

/** Closes the letter of a file that could not be had for a while, and turns out not to be there, which is no failure. */
async function closeLetter(unit: FileUnit, { sport, run, clock }: UnitContext): Promise<void> {
  const { dataset, key, hasLetter } = unit
  if (run.id === null || !hasLetter) return
  const resolved = [{ dataset: dataset.name, item: key }]
  await run.commit(tx => settle(tx, run, { sport: sport.id, unit, at: clock.now(), resolved }))
}

/** Makes a dead letter of the file; nothing of it was kept, and what was stored of it before stays. */
async function failFile(
  unit: FileUnit,
  { run, sport, clock }: UnitContext,
  error: IngestError,
  payload: Buffer,
): Promise<FileResult> {
  const { dataset, key, from } = unit
  const failed: FileResult = { became: 'failed', error }
  if (run.id === null) return failed
  const read = payload.length > 0 ? ({ stage: 'transform', payload } as const) : ({ stage: 'fetch', payload: undefined } as const)
  const letter = { dataset: dataset.name, item: key, day: from, error, ...read }
  return await run.commit(async (tx): Promise<FileResult> => {
    const letters = undiscarded(key, [letter], await listDiscarded(tx, sport.id, [key]))
    if (letters.length === 0) return { became: 'missing' }
    await settle(tx, run, { sport: sport.id, unit, at: clock.now(), letters, chunk: { status: 'failed', error } })
    return failed
  })
}
