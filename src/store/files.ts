import type { ISql } from 'postgres'
import type { files } from './tables.ts'

/** What a load of a file of events has left open. */
export interface LeftOpen {
  /** When the file is to be read again, also where it has not changed: what it says of some event counts only from then on. */
  againAt?: Date | undefined
  /** Events that were played and that it lacks, and a person said that this is right. */
  lacks: readonly string[]
}

/** The state of a file that the tables hold; `hash` in hexadecimal. */
export type LoadedFile = Omit<typeof files.$inferSelect, 'hash'> & { hash: string; left?: LeftOpen | undefined }

/** Which file: of a dataset of a sport, by the key of its unit. */
type FileName = Pick<LoadedFile, 'sport' | 'dataset' | 'unit'>

/** What is known of all files of a sport. */
export async function listLoadedFiles(sql: ISql, sport: string): Promise<LoadedFile[]> {
  const rows = await sql<LoadedFile[]>`
    select sport, dataset, unit, provider, url, etag, last_modified as "lastModified", encode(hash, 'hex') as hash, bytes, rows, unknown, shape,
      run_id as "runId", loaded_at as "loadedAt"
    from ingest_files where sport = ${sport}`
  return rows.map(({ shape, ...file }) => ({ ...file, ...parseShape(shape) }))
}

/** What is left open stands behind the shape, as JSON, where there is anything. */
function parseShape(text: string): Pick<LoadedFile, 'shape' | 'left'> {
  const [shape = '', ...rest] = text.split(' ')
  if (rest.length === 0) return { shape }
  const { againAt, lacks = [] } = JSON.parse(rest.join(' ')) as { againAt?: string; lacks?: string[] }
  return { shape, left: { againAt: againAt === undefined ? undefined : new Date(againAt), lacks } }
}

const writeShape = ({ shape, left }: Pick<LoadedFile, 'shape' | 'left'>): string =>
  left && (left.againAt || left.lacks.length > 0) ? `${shape} ${JSON.stringify(left)}` : shape

/** Has a sport's files of these datasets read again at an instant, also where they have not changed by then. */
export async function readFilesAgain(tx: ISql, sport: string, datasets: readonly string[], againAt: Date): Promise<void> {
  const found = await tx<{ dataset: string; unit: string; shape: string }[]>`
    select dataset, unit, shape from ingest_files
    where sport = ${sport} and dataset in ${tx(['', ...datasets])} order by dataset, unit for update`
  for (const { dataset, unit, shape: text } of found) {
    const { shape, left } = parseShape(text)
    if (left?.againAt && left.againAt <= againAt) continue
    const again = writeShape({ shape, left: { lacks: [], ...left, againAt } })
    await tx`update ingest_files set shape = ${again} where sport = ${sport} and dataset = ${dataset} and unit = ${unit}`
  }
}

/** Keeps which state of a file was loaded, in the transaction of its rows. */
export async function keepLoadedFile(tx: ISql, file: LoadedFile): Promise<void> {
  const { sport, dataset, unit, provider, url, etag, lastModified, hash, bytes, rows, unknown, runId, loadedAt } = file
  await tx`
    insert into ingest_files (sport, dataset, unit, provider, url, etag, last_modified, hash, bytes, rows, unknown, shape, run_id, loaded_at)
    values (${sport}, ${dataset}, ${unit}, ${provider}, ${url}, ${etag}, ${lastModified}, decode(${hash}, 'hex'), ${bytes}, ${rows}, ${unknown}, ${writeShape(file)},
      ${runId}, ${loadedAt})
    on conflict (sport, dataset, unit) do update set provider = excluded.provider, url = excluded.url, etag = excluded.etag,
      last_modified = excluded.last_modified, hash = excluded.hash, bytes = excluded.bytes, rows = excluded.rows, unknown = excluded.unknown, shape = excluded.shape,
      run_id = excluded.run_id, loaded_at = excluded.loaded_at`
}

/** Keeps how a file is read, and the tags under which it is sent now, that is the one that was loaded. */
export async function keepTags(
  tx: ISql,
  { sport, dataset, unit }: FileName,
  { etag, lastModified, shape }: { etag?: string; lastModified?: string; shape: string },
): Promise<void> {
  await tx`
    update ingest_files set etag = ${etag ?? null}, last_modified = ${lastModified ?? null},
      shape = ${shape} || substring(shape from position(' ' in shape || ' '))
    where sport = ${sport} and dataset = ${dataset} and unit = ${unit}`
}

/** Which files of a sport are loaded, as `dataset unit`. */
export async function listLoadedUnits(sql: ISql, sport: string): Promise<Set<string>> {
  const rows = await sql<{ name: string }[]>`select dataset || ' ' || unit as name from ingest_files where sport = ${sport}`
  return new Set(rows.map(({ name }) => name))
}

/** Forgets a file, so that it is read again. */
export async function forgetFile(tx: ISql, { sport, dataset, unit }: FileName): Promise<void> {
  await tx`delete from ingest_files where sport = ${sport} and dataset = ${dataset} and unit = ${unit}`
}
