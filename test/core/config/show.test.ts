import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/core/config/load.ts'
import { listSettings } from '../../../src/core/config/show.ts'
import { folderWith, load } from './folder.ts'

test('each setting is shown as the file would say it, with its source', async () => {
  await using folder = await folderWith({
    'sports-ingest.config.yaml': 'live:\n  live_interval: 90s\njobs:\n  a: { frequency: "0 6 * * *", run: daily, timeout: 2m }\n',
  })
  const file = join(folder.path, 'sports-ingest.config.yaml')
  const env = { SPORTS_INGEST_API_TIMEOUT: '1m', SPORTS_INGEST_NOW: '2025-01-15T12:00Z' }
  const shown = listSettings(await loadConfig({ env, cwd: folder.path }))
  for (const line of [
    { path: 'retry.initial_delay', value: 5, source: 'default', used: true },
    { path: 'log.format', value: null, source: 'default', used: true },
    { path: 'api.timeout', value: 60, source: 'SPORTS_INGEST_API_TIMEOUT', used: true },
    { path: 'now', value: '2025-01-15T12:00:00.000Z', source: 'SPORTS_INGEST_NOW', used: true },
    { path: 'live.live_interval', value: '90s', source: `${file}:2`, used: true },
    { path: 'jobs.a.timeout', value: 120, source: `${file}:4`, used: true },
    { path: 'jobs.a.missed', value: 'once', source: 'default', used: true },
  ])
    expect(shown).toContainEqual(line)
})

test('no secret is shown, whatever prints the settings', async () => {
  const env = {
    DATABASE_URL: 'postgres://ann:hunter2@db/x',
    RACING_API_USERNAME: 'hunter2',
    RACING_API_PASSWORD: 'hunter2',
    INTERNAL_API_KEY: 'hunter2',
    SENTRY_DSN: 'https://hunter2@sentry.example/1',
    SPORTS_INGEST_ALERT_WEBHOOK: 'https://hooks.example/hunter2',
    SPORTS_INGEST_PING_URL: 'https://ping.example/hunter2',
    CACHE_INVALIDATION_URL: 'https://ann:hunter2@cache.example/?key=hunter2',
  }
  const loaded = await load({ env })
  const shown = listSettings(loaded)
  expect(shown.filter(({ value }) => value === '***')).toHaveLength(7)
  expect(JSON.stringify(shown)).not.toContain('hunter2')
})
