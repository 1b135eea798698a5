import type { Config } from '../core/config/config.ts'
import type { DatabaseSettings } from './open-database.ts'

/** The part of the settings that says where the database is. */
export const databaseSettings = (config: Config): DatabaseSettings => ({
  url: config.database.url?.reveal(),
  dataDir: config.dataDir,
  queryTimeoutMs: config.database.queryTimeoutMs,
  reconnectAttempts: config.database.reconnectAttempts,
})
