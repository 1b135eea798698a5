import { customType, text, timestamp } from 'drizzle-orm/pg-core'

/** An instant, `timestamptz`. */
export const instant = (name: string) => timestamp(name, { withTimezone: true })

export const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' })

/** The number of a transaction, and which transactions were over at a moment: both as text. */
export const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' })
export const pgSnapshot = customType<{ data: string }>({ dataType: () => 'pg_snapshot' })

/** An ISO 8601 duration on the way in (`PT30M19.00S`), an exact interval in the table. */
export const interval = customType<{ data: string }>({ dataType: () => 'interval' })

/**
 * What every loaded row carries. `row_hash` is over the values alone, so `updated_at` moves only when
 * one of them changed; `merge` fills `row_hash`, `created_at` and `updated_at`.
 */
export const provenance = () => ({
  provider: text('provider').notNull(),
  providerId: text('provider_id').notNull(),
  rowHash: bytea('row_hash').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
})
