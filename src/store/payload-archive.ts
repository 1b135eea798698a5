import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { ISql } from 'postgres'
import { type Clock, latestBelieved } from '../core/clock.ts'
import type { Database } from './database.ts'
import type { payloads } from './tables.ts'

/** A raw answer of a provider; its `body` is decoded: what the provider meant, not what was on the wire. */
export type Payload = Omit<typeof payloads.$inferInsert, 'hash' | 'bytes'>

export interface StoredPayload {
  etag?: string
  lastModified?: string
  /** SHA-256 of the decoded body, hex. */
  hash: string
  /** When it was last received, or, to the day, when the provider last said that it has not changed. */
  fetchedAt: Date
  /** Decoded; undefined where it was pruned since. */
  body(): Promise<Buffer | undefined>
}

export type PayloadArchive = ReturnType<typeof createPayloadArchive>

type Row = Pick<typeof payloads.$inferSelect, 'url' | 'etag' | 'lastModified' | 'fetchedAt'> & { hash: string }

const columns = (sql: ISql) => sql`
  url, encode(hash, 'hex') as hash, etag, last_modified as "lastModified", fetched_at as "fetchedAt"`

export function createPayloadArchive(database: Database, { now }: Pick<Clock, 'now'>) {
  /** Newest first; one that has yet to come was received under a wrong clock, and others are believed before it. */
  const newestFirst = (sql: ISql) => sql`fetched_at > ${latestBelieved(now())}, fetched_at desc`
  const toStored = (provider: string, { url, hash, etag, lastModified, fetchedAt }: Row): StoredPayload => ({
    hash,
    fetchedAt,
    ...(etag ? { etag } : {}),
    ...(lastModified ? { lastModified } : {}),
    body: async () => {
      const [found] = await database.run(
        sql => sql<{ body: Buffer }[]>`
          select body from payloads where provider = ${provider} and url = ${url} and hash = decode(${hash}, 'hex')`,
      )
      return found && (await promisify(gunzip)(found.body))
    },
  })

  return {
    /** The newest answer of a URL. */
    find: async (provider: string, url: string): Promise<StoredPayload | undefined> => {
      const [row] = await database.run(
        sql => sql<Row[]>`
          select ${columns(sql)} from payloads where provider = ${provider} and url = ${url} order by ${newestFirst(sql)} limit 1`,
      )
      return row && toStored(provider, row)
    },

    /** The kept answers to a path (with its query), newest first, whatever the base address was. */
    list: async (provider: string, path: string): Promise<StoredPayload[]> => {
      const rows = await database.run(
        sql => sql<Row[]>`
          select ${columns(sql)} from payloads
          where provider = ${provider} and right(url, ${path.length}) = ${path} order by ${newestFirst(sql)}`,
      )
      return rows.map(row => toStored(provider, row))
    },

    /** The kept answers to each of some paths, newest first; of paths to which there is none, none. */
    listEach: async (provider: string, paths: readonly string[]): Promise<Map<string, StoredPayload[]>> => {
      const rows = await database.run(
        sql => sql<(Row & { path: string })[]>`
          select path, ${columns(sql)} from payloads join jsonb_array_elements_text(${sql.json([...paths])}) as path on right(url, length(path)) = path
          where provider = ${provider} order by ${newestFirst(sql)}`,
      )
      const found = Map.groupBy(rows, ({ path }) => path)
      return new Map([...found].map(([path, some]) => [path, some.map(row => toStored(provider, row))]))
    },

    /** Notes that the newest answer of a URL is still what the provider has: to the day, so that not every 304 is a write. */
    confirm: async (provider: string, url: string, at: Date): Promise<void> => {
      await database.run(
        sql => sql`
          update payloads set fetched_at = ${at}
          where provider = ${provider} and url = ${url} and hash = (
              select hash from payloads where provider = ${provider} and url = ${url} order by ${newestFirst(sql)} limit 1)
            and (fetched_at < ${at}::timestamptz - interval '1 day' or fetched_at > ${latestBelieved(at)})`,
      )
    },

    /**
     * Keeps an answer; one with the same content is there once, and only its times and tags are renewed.
     * With `alone`, earlier answers of that URL are deleted: of a file that changes all day the newest is enough.
     */
    keep: async (payload: Payload, { alone } = { alone: false }): Promise<void> => {
      const { provider, url, status, body, etag = null, lastModified = null, fetchedAt } = payload
      const digest = hash('sha256', body, 'buffer')
      // Level 1: a season's schedule of 9 MB takes 60 ms instead of 220, and 0.5 MB instead of 0.4.
      const packed = await promisify(gzip)(body, { level: 1 })
      const write = (sql: ISql) => sql`
        insert into payloads (provider, url, hash, body, bytes, status, etag, last_modified, fetched_at)
        values (${provider}, ${url}, ${digest}, ${packed}, ${body.length}, ${status}, ${etag}, ${lastModified}, ${fetchedAt})
        on conflict (provider, url, hash) do update set etag = excluded.etag, last_modified = excluded.last_modified,
          status = excluded.status, fetched_at = excluded.fetched_at`
      if (!alone) {
        await database.run(write)
        return
      }
      await database.transaction(async tx => {
        await write(tx)
        await tx`delete from payloads where provider = ${provider} and url = ${url} and hash <> ${digest}`
      })
    },
  }
}
