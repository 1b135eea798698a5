import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/core/config/load.ts'
import { chooseSports } from '../../../src/jobs/request/sports.ts'

const idsOf = async (env: Record<string, string>, sandbox: boolean, names: string[] = []) => {
  const { config } = await loadConfig({ env, cwd: tmpdir() })
  return chooseSports(names, { config, sandbox }).map(({ id }) => id)
}

test('a sport whose account is not set is not among those that nobody names, but in the sandbox, which wants none', async () => {
  expect(await idsOf({}, false)).toEqual(['nba', 'nfl'])
  expect(await idsOf({}, true)).toEqual(['nba', 'nfl', 'racing'])
  expect(await idsOf({ RACING_API_USERNAME: 'a', RACING_API_PASSWORD: 'b' }, false)).toContain('racing')
  expect(await idsOf({}, false, ['racing'])).toEqual(['racing'])
  expect(await idsOf({ SPORTS_INGEST_SPORTS_RACING_ENABLED: 'false' }, true)).toEqual(['nba', 'nfl'])
})
