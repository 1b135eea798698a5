import { addDays } from '../../core/days.ts'
import { BugError, ProviderRejectedError } from '../../core/errors.ts'
import type { DownloadResult } from '../../http/download.ts'
import { isDiscarded } from '../../pipeline/discarded.ts'
import { toItemError } from '../../pipeline/fetch-game.ts'
import type { FileSource } from '../../pipeline/files/dataset.ts'
import { isRowError } from '../../store/database-errors.ts'
import { listDiscarded, resolveDeadLetters, setAside } from '../../store/dead-letters.ts'
import { keepTags } from '../../store/files.ts'
import { recordChunk } from '../../store/runs.ts'
import { type ImportContext, windowOf } from './import-context.ts'
import { type FileTask, letterItem } from './plan-import.ts'
import { spool } from './spool.ts'
import { type LoadedRows, SpentError, writeFile } from './write-file.ts'

/** What became of a file. One that a person has given up, and that fails in the same way, is lacking. */
export type FileResult =
  | ({ became: 'loaded' } & LoadedRows)
  | { became: 'unchanged' }
  | { became: 'lacking' }
  | { became: 'dead'; error: Error }

/** How often a file is asked for once more because the connection to the database was lost while it was written. */
const maxAgain = 5

/** How much of a file that cannot be loaded is kept with its dead letter: its header, and some rows. */
const keptBytes = 64 * 1024

/**
 * Asks for a file, at one place after the other, and writes it while it comes: rows, dead letters, the season's watermark and the
 * state of the file are one transaction. What cannot be had is set aside, never thrown, but for what concerns the run as a whole.
 */
export async function importFile(context: ImportContext, task: FileTask): Promise<FileResult> {
  const head: Buffer[] = []
  try {
    for (let again = 0; ; again++) {
      try {
        return await askAround(context, task, head)
      } catch (error) {
        if (!(error instanceof SpentError) || again === maxAgain) throw error
        context.log.warn('file.again', {
          dataset: task.dataset.name,
          season: task.season,
          reason: 'the database was lost meanwhile',
        })
      }
    }
  } catch (error) {
    return await giveUp(context, task, isRowError(error) ? (error as Error) : toItemError(error), Buffer.concat(head))
  }
}

async function askAround(context: ImportContext, task: FileTask, head: Buffer[]): Promise<FileResult> {
  const sources = sourcesOf(task)
  let cause: Error | undefined
  for (const source of sources) {
    try {
      return await askSource(context, task, source, head)
    } catch (error) {
      if (!(error instanceof ProviderRejectedError) || error.kind !== 'not-found') throw error
      cause = error
    }
  }
  const { dataset, season } = task
  if (dataset.mayBeLacking || (season && !(await hasBegun(context, season)))) return { became: 'lacking' }
  const [{ provider } = { provider: '' }] = sources
  const where =
    sources.length === 1 ? `at ${sources[0]?.path}` : `at any of ${sources.length} places, ${sources.at(-1)?.path} the last`
  throw new ProviderRejectedError(
    `${provider} has no ${dataset.name}${season ? ` of ${season}` : ''} (404): it is not ${where}.`,
    {
      kind: 'not-found',
      cause,
    },
  )
}

/**
 * The newest generation there is, which has the most columns. What was loaded from one is not replaced by an older one because a file is
 * away for a day.
 */
function sourcesOf({ dataset, season, loaded }: FileTask): readonly FileSource[] {
  const sources = dataset.sources(season)
  const at = loaded ? sources.findIndex(({ provider, path }) => provider === loaded.provider && loaded.url.endsWith(path)) : -1
  return at < 0 ? sources : sources.slice(0, at + 1)
}

async function askSource(context: ImportContext, task: FileTask, source: FileSource, head: Buffer[]): Promise<FileResult> {
  const { known } = task
  const provider = context.providers.get(source.provider)
  if (!provider) throw new BugError(`No provider ${source.provider} is open.`)
  const isKnown = known?.provider === source.provider && known.url.endsWith(source.path)
  const validators = isKnown
    ? { ...(known.etag ? { etag: known.etag } : {}), ...(known.lastModified ? { lastModified: known.lastModified } : {}) }
    : {}
  const result = await provider.download(source.path, { known: validators }, async file => {
    head.length = 0
    if (!known) return await writeFile(context, task, source, file, keepingHead(file.chunks, head))
    await using copy = await spool(file.chunks)
    if (file.sum().hash === known.hash) return undefined
    return await writeFile(context, task, source, file, keepingHead(copy.chunks(), head))
  })
  if (result.status === 'loaded' && result.value) return { became: 'loaded', ...result.value }
  await keepUnchanged(context, task, result)
  return { became: 'unchanged' }
}

async function* keepingHead(chunks: AsyncIterable<Buffer>, head: Buffer[]): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of chunks) {
    if (bytes < keptBytes) head.push(Buffer.from(chunk.subarray(0, keptBytes - bytes)))
    bytes += chunk.length
    yield chunk
  }
}

/**
 * Whether files of a season must be there: once a game of it, as far as games are stored, was over for a day. They come out the morning
 * after.
 */
async function hasBegun({ app, sport, today }: ImportContext, season: string): Promise<boolean> {
  if (windowOf(season, today).to < today) return true
  const before = addDays(today, -1)
  const [found] = await app.database.run(
    sql => sql`
      select 1 from games
      where sport = ${sport.id} and season = ${season} and status = 'final' and game_date < ${before} limit 1`,
  )
  return found !== undefined
}

/**
 * Closes the letter of a file that was away or broken for a while and is what it was before; those of its rows stay. One that was
 * sent though it is the same has other tags by now.
 */
async function keepUnchanged(
  { app, sport, run }: ImportContext,
  { dataset, season, isAside, known }: FileTask,
  result: DownloadResult<unknown>,
): Promise<void> {
  const hasTags = result.status === 'loaded' && (result.etag ?? null) !== known?.etag
  if (!run || (!isAside && !hasTags)) return
  await app.database.transaction(async tx => {
    await run.lease.check(tx)
    if (hasTags) await keepTags(tx, { sport: sport.id, dataset: dataset.name, season }, result)
    if (isAside) await resolveDeadLetters(tx, sport.id, dataset.name, [letterItem(season)], app.clock.now())
  })
}

/** Sets the file aside; nothing of it was kept, and what was stored of it before stays. */
async function giveUp(
  { app, sport, run, today }: ImportContext,
  { dataset, season }: FileTask,
  error: Error,
  payload: Buffer,
): Promise<FileResult> {
  if (!run) return { became: 'dead', error }
  const { from, to } = windowOf(season, today)
  const item = letterItem(season)
  return await app.database.transaction(async (tx): Promise<FileResult> => {
    await run.lease.check(tx)
    const at = app.clock.now()
    const discarded = await listDiscarded(tx, sport.id, [item])
    if (discarded.some(letter => isDiscarded({ dataset: dataset.name, error }, letter))) return { became: 'lacking' }
    await recordChunk(tx, run.id, { from, to, part: dataset.name, status: 'failed', error, at })
    const stage = payload.length > 0 ? ('transform' as const) : ('fetch' as const)
    const letter = { sport: sport.id, dataset: dataset.name, item, day: from, stage, error, runId: run.id, at }
    await setAside(tx, { ...letter, payload: payload.length > 0 ? payload : undefined })
    return { became: 'dead', error }
  })
}
