import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { reply } from '../support/provider-server.ts'
import { createScratch } from '../support/scratch.ts'
import { install } from '../support/situations.ts'
import { expectOneLine } from '../support/told.ts'

const now = '2026-03-05T12:30:00Z'

test('what is wrong is named, counted and loaded again, and what the provider does not have stays', async () => {
  await using at = await install()
  const { sql } = at.store
  const runs = async () => (await sql`select from ingest_runs`).length
  const quality = (...words: string[]) => at.run(now, 'quality', ...words)
  expect(await quality()).toMatchObject({ code: 0, stdout: 'racing: 12 of 12 rules hold for 4 races.\n' })

  await sql`delete from runners where race_id = 'rac_202603042' and position = 2`
  await sql`update runners set weight_lbs = 12 where race_id = 'rac_202603043' and position = 1`
  await sql`update runners set total_beaten_lengths = 9 where race_id = 'rac_202603044' and position = 2`
  const said = await quality()
  expect(said, said.stdout).toMatchObject({ code: 5 })
  for (const text of [
    /error runners: 1 finding\. Rule: A race has as many runners as its card or result lists\.\n +race rac_202603042 of 2026-03-04 has 2 runners stored, and 3 are listed/,
    /error impossible: 1 finding\..*\n +race rac_202603043 of 2026-03-04 has Horse 10 with a weight of 12/,
    /warning distances: 1 finding\./,
    /To load it again: sports-ingest quality --sport racing --fix\n/,
  ])
    expect(said.stdout).toMatch(text)
  expect(await quality('--errors-only')).toMatchObject({ code: 4, stdout: expect.not.stringContaining('distances') })

  const before = await runs()
  expect(await quality('--fix', '--dry-run')).toMatchObject({
    code: 5,
    stdout: expect.stringContaining('--fix would ask for results of 2026-03-04.'),
  })
  expect(await runs()).toBe(before)

  at.api.instead = () => reply(403, { 'content-type': 'text/html' }, '<html>Access denied</html>')
  const refused = await quality('--fix')
  expect(refused, refused.stdout).toMatchObject({ code: 5, stderr: expect.stringContaining('answered 403') })
  expect(refused.stdout).toContain('racing runners: not mended; the run had failures, which are told above.')
  expect(refused.stdout).toContain('racing complete: not mended; what could not be loaded is in the dead letters now')
  delete at.api.instead

  const fixed = await quality('--fix', '--json')
  expect(fixed.code, fixed.stdout).toBe(0)
  expect(JSON.parse(fixed.stdout)).toMatchObject({
    runs: [{ job: 'quality-fix', sport: 'racing', rows: { inserted: 1, updated: 2, deleted: 0 }, watermarks: [], failures: 0 }],
    mended: ['runners', 'places', 'distances', 'impossible'].map(rule => ({
      sport: 'racing',
      rule,
      before: 1,
      after: 0,
    })),
    findings: 0,
  })

  at.api.results['2026-03-04'] = at.api.results['2026-03-04']?.slice(1) ?? []
  await sql`delete from runners where race_id = 'rac_202603042' and position = 2`
  expect(await quality('--fix')).toMatchObject({ code: 3, stdout: expect.stringContaining('racing runners: not mended') })
  expect(await quality('--sport', 'nbaa')).toMatchObject({ code: 100, stderr: expect.stringContaining('did you mean nba?') })
})

test('a database in which nothing is stored breaks no rule, and one that is not there is made by no check', async () => {
  using scratch = createScratch()
  await using store = await createTestDatabase()
  const env = { DATABASE_URL: store.url, SPORTS_INGEST_SPORTS_NFL_ENABLED: 'true' }
  const found = await runCli(['quality'], env, scratch.path)
  expect(found, found.stderr).toMatchObject({
    code: 0,
    stdout: 'nba: nothing is stored yet.\nnfl: nothing is stored yet.\nracing: nothing is stored yet.\n',
  })
  const none = { ...env, SPORTS_INGEST_SPORTS_NBA_ENABLED: 'false', SPORTS_INGEST_SPORTS_NFL_ENABLED: 'false' }
  expect(await runCli(['quality'], { ...none, SPORTS_INGEST_SPORTS_RACING_ENABLED: 'false' }, scratch.path)).toMatchObject({
    ...{ code: 0, stdout: 'No sport is enabled: nothing was checked.\n' },
  })
  const dataDir = join(scratch.path, 'mistyped')
  for (const command of ['quality', 'quality --fix', 'watermark verify schedule daily:nba', 'export games --out x.csv'])
    await expectOneLine(command.split(' '), {
      ...{ code: 102, cwd: scratch.path, env: { SPORTS_INGEST_DATA_DIR: dataDir } },
      says: new RegExp(`^There is no database in ${dataDir}\\. Hint: Check data_dir`),
    })
  expect(existsSync(dataDir)).toBe(false)
  await using empty = await createTestDatabase({ empty: true })
  await expectOneLine(['quality'], {
    ...{ code: 102, cwd: scratch.path, env: { DATABASE_URL: empty.url } },
    says: /^The database \S+ at \S+ has no tables of this program\. Hint: Check DATABASE_URL/,
  })
  expect(await empty.sql`select from pg_class where relname = 'ingest_runs'`).toHaveLength(0)
})
