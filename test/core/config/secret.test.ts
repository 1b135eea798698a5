import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/core/config/load.ts'
import { Secret } from '../../../src/core/config/secret.ts'
import { ConfigError, CredentialsError } from '../../../src/core/errors.ts'
import { folderWith, load, mistakes } from './folder.ts'

test('a secret shows itself only to who asks by name', () => {
  const secret = new Secret('hunter2')
  const shown = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
    JSON.stringify({ ...secret }),
  ]
  expect(shown).toEqual(['***', '{"secret":"***"}', '{ secret: *** }', '{}'])
  expect(secret.reveal()).toBe('hunter2')
})

test.each([
  ['the text itself', 'racing: { password: hunter2 }', {}],
  ['env:NAME', 'racing: { password: "env:RACING_PW" }', { RACING_PW: 'hunter2' }],
  ['env:NAME in a variable', '', { RACING_API_PASSWORD: 'env:RACING_PW', RACING_PW: 'hunter2' }],
])('a secret may be %s', async (_, file, env) => {
  expect((await load({ file, env })).config.racing.password?.reveal()).toBe('hunter2')
})

test('file:PATH starts at the configuration file, and the line break at its end is no part of the secret', async () => {
  await using folder = await folderWith({
    'sports-ingest.config.yaml': 'racing: { password: file:secrets/pw }',
    'secrets/pw': ' hunter2 \n',
    'deep/readme': '',
  })
  const { config } = await loadConfig({ env: {}, cwd: `${folder.path}/deep` })
  expect(config.racing.password?.reveal()).toBe(' hunter2 ')
})

test('a referenced secret must be fit for its use, and is not repeated where it is not', async () => {
  const lines = await mistakes({ file: 'database: { url: env:PG }', env: { PG: 'mysql://ann:hunter2@db/x' } })
  expect(lines).toEqual([
    'sports-ingest.config.yaml:1:18: database.url is not a Postgres address: it must begin with postgres:// or postgresql://. Hint: It is like postgres://user@host:5432/name.',
  ])
})

test('a password must be text: YAML would turn 0123 into 123', async () => {
  expect(await mistakes({ file: 'racing: { password: 0123 }' })).toEqual([
    'sports-ingest.config.yaml:1:21: racing.password must be text. Hint: Put it in quotes.',
  ])
})

test.each([
  ['env:RACING_PW', 'is env:RACING_PW, but RACING_PW is not set. Hint: Set RACING_PW.'],
  ['env:', 'is env: without the name of a variable. Hint: For example env:DATABASE_URL.'],
  ['file:', 'is file: without a path. Hint: For example file:/run/secrets/database-url.'],
  ['file:gone', 'is file:gone, but there is no such file. Hint: Relative paths start where the setting is written.'],
  ['file:.', expect.stringContaining('but it is a directory')],
])('%s that leads nowhere names the setting and the place', async (reference, line) => {
  const expected = typeof line === 'string' ? `sports-ingest.config.yaml:1:21: racing.password ${line}` : line
  expect(await mistakes({ file: `racing: { password: "${reference}" }` })).toEqual([expected])
})

test('missing secrets alone are a matter of credentials, with other mistakes one of configuration', async () => {
  const file = 'racing: { username: env:NO_NAME, password: env:NO_PW }'
  await expect(load({ file })).rejects.toBeInstanceOf(CredentialsError)
  await expect(load({ file, env: { LOG_LEVEL: 'loud' } })).rejects.toBeInstanceOf(ConfigError)
})

test('a reference that is beaten is not followed', async () => {
  const { config } = await load({ file: 'racing: { password: env:NO_PW }', env: { RACING_API_PASSWORD: 'hunter2' } })
  expect(config.racing.password?.reveal()).toBe('hunter2')
})
