import type { ISql } from 'postgres'

/** Which file: of a dataset of a sport, about a season; an empty one for a file about all of them. */
export interface FileName {
  sport: string
  dataset: string
  season: string
}

/** The state of a file that the tables hold. */
export interface LoadedFile extends FileName {
  provider: string
  url: string
  etag: string | null
  lastModified: string | null
  /** SHA-256 of its decoded content, hex. */
  hash: string
  bytes: number
  rows: number
  unknown: string
  shape: string
  runId: number
  loadedAt: Date
}

const columns = (sql: ISql) => sql`
  sport, dataset, season, provider, url, etag, last_modified as "lastModified", encode(hash, 'hex') as hash, bytes, rows, unknown, shape,
  run_id as "runId", loaded_at as "loadedAt"`

/** What is known of all files of a sport. */
export async function listLoadedFiles(sql: ISql, sport: string): Promise<LoadedFile[]> {
  return await sql<LoadedFile[]>`select ${columns(sql)} from ingest_files where sport = ${sport}`
}

/** Keeps which state of a file was loaded, in the transaction of its rows. */
export async function keepLoadedFile(tx: ISql, file: LoadedFile): Promise<void> {
  const { sport, dataset, season, provider, url, etag, lastModified, hash, bytes, rows, unknown, shape, runId, loadedAt } = file
  await tx`
    insert into ingest_files (sport, dataset, season, provider, url, etag, last_modified, hash, bytes, rows, unknown, shape, run_id, loaded_at)
    values (${sport}, ${dataset}, ${season}, ${provider}, ${url}, ${etag}, ${lastModified}, decode(${hash}, 'hex'), ${bytes}, ${rows}, ${unknown}, ${shape},
      ${runId}, ${loadedAt})
    on conflict (sport, dataset, season) do update set provider = excluded.provider, url = excluded.url, etag = excluded.etag,
      last_modified = excluded.last_modified, hash = excluded.hash, bytes = excluded.bytes, rows = excluded.rows, unknown = excluded.unknown, shape = excluded.shape,
      run_id = excluded.run_id, loaded_at = excluded.loaded_at`
}

/** Keeps the tags under which a file is sent now that is the one that was loaded. */
export async function keepTags(
  tx: ISql,
  { sport, dataset, season }: FileName,
  { etag, lastModified }: { etag?: string; lastModified?: string },
): Promise<void> {
  await tx`
    update ingest_files set etag = ${etag ?? null}, last_modified = ${lastModified ?? null}
    where sport = ${sport} and dataset = ${dataset} and season = ${season}`
}

/** Forgets the files of a season, those of all datasets or of some, so that they are read again. */
export async function forgetFiles(tx: ISql, sport: string, season: string, only: readonly string[]): Promise<void> {
  const some = only.length > 0 ? tx`and dataset in ${tx([...only])}` : tx``
  await tx`delete from ingest_files where sport = ${sport} and season = ${season} ${some}`
}
