import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaults } from '../../../src/core/config/config.ts'
import { firstFile, writeFirstFile } from '../../../src/core/config/first-file.ts'
import { loadConfig } from '../../../src/core/config/load.ts'
import { folderWith, load } from './folder.ts'

test('a first file changes nothing, and has the jobs that every user wants', async () => {
  const { config } = await load({ file: firstFile() })
  expect(config).toMatchObject(defaults)
  expect(Object.entries(config.jobs).map(([name, { run }]) => `${name} ${run}`)).toEqual([
    'daily_data daily',
    'reference_data reference',
  ])
})

test('with its comments taken away it is valid, says the defaults, and has only what is in use', async () => {
  const file = firstFile().replaceAll(/^#(?! )|^#(?= {2})/gm, '')
  expect(file).not.toMatch(/^#\S/m)
  const secrets = {
    ...{ DATABASE_URL: 'postgres://pool/x', DATABASE_DIRECT_URL: 'postgres://db/x', INTERNAL_API_KEY: 'key' },
    ...{ RACING_API_USERNAME: 'me', RACING_API_PASSWORD: 'mine' },
    ...{
      SPORTS_INGEST_ALERT_WEBHOOK: 'https://chat/x',
      SPORTS_INGEST_PING_URL: 'https://ping/x',
      SENTRY_DSN: 'https://key@sentry/1',
    },
    REDIS_URL: 'redis://me:mine@redis:6379',
    SPORTS_INGEST_ALERTS_HOOK_URL: 'https://hook/x',
    SPORTS_INGEST_ALERTS_HOOK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}`,
    SPORTS_INGEST_ALERTS_MAIL_URL: 'smtps://me:mine@mail',
  }
  const { config, sources } = await load({ file, env: secrets })
  expect(config).toMatchObject(defaults)
  const said = Object.keys(sources).filter(key => sources[key]?.kind === 'file')
  const sections = [
    ...['timezone', 'data_dir', 'sports', 'api', 'retry', 'database', 'racing', 'payloads', 'retention', 'log', 'live', 'worker'],
    ...['notify', 'queue', 'background_jobs', 'alerts', 'features', 'jobs'],
  ]
  expect([...new Set(said.map(key => key.split('.')[0]))]).toEqual(sections)
  for (const later of ['sports.football.enabled', 'database.batch_size']) expect(said).not.toContain(later)
})

test('it is written where there is none, and found there', async () => {
  await using folder = await folderWith()
  const path = await writeFirstFile(folder.path)
  expect(path).toBe(join(folder.path, 'sports-ingest.config.yaml'))
  expect((await loadConfig({ env: {}, cwd: folder.path })).file).toBe(path)
})

test('a file that exists is not changed', async () => {
  await using folder = await folderWith({ 'mine.yaml': 'api: { rate_limit: 1 }' })
  const path = join(folder.path, 'mine.yaml')
  await expect(writeFirstFile(folder.path, 'mine.yaml')).rejects.toMatchObject({
    name: 'ConfigError',
    message: `${path} exists already and was not changed.`,
  })
  expect(await readFile(path, 'utf8')).toBe('api: { rate_limit: 1 }')
})

test('a folder that is missing is said', async () => {
  await using folder = await folderWith()
  await expect(writeFirstFile(folder.path, 'gone/x.yaml')).rejects.toThrow(
    /gone\/x\.yaml cannot be written: there is no such folder\.$/,
  )
})
