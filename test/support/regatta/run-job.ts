import { createClock } from '../../../src/core/clock.ts'
import { runBackfill } from '../../../src/jobs/backfill.ts'
import { runDaily } from '../../../src/jobs/daily.ts'
import { backfillOptions, dailyOptions, withApp } from './jobs.ts'
import { regatta } from './sport.ts'

// A process that runs a job of the test sport at an instant: SPORTS_INGEST_STEP says where it dies.
const [job = '', databaseUrl = '', baseUrl = '', now = '', ...seasons] = process.argv.slice(2)
const sport = regatta(baseUrl)
const receipt = await withApp(databaseUrl, createClock(new Date(now)), app =>
  job === 'daily'
    ? runDaily(app, sport, dailyOptions, () => {})
    : runBackfill(app, sport, seasons, { ...backfillOptions, concurrency: 1 }),
)
process.stdout.write(JSON.stringify(receipt))
