import { getTableName, isTable } from 'drizzle-orm'
import * as ofStats from '../pipeline/stats-tables.ts'
import * as ofPipeline from '../pipeline/tables.ts'
import * as ofStore from '../store/tables.ts'
import * as ofNba from './nba/tables.ts'
import * as ofNfl from './nfl/tables.ts'
import * as ofRacing from './racing/tables.ts'

/** The names of all tables, as `drizzle/config.ts` finds them. */
export const tableNames = (): string[] =>
  [ofStore, ofPipeline, ofStats, ofNba, ofNfl, ofRacing].flatMap(all => Object.values(all).filter(isTable).map(getTableName))
