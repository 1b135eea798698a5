import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CliResult, startCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { type HandMadeLeague, startHandMadeNba } from '../support/hand-made-nba.ts'
import { game } from '../support/nba-world.ts'
import { hang } from '../support/provider-server.ts'
import { createScratch } from '../support/scratch.ts'
import { toldLines } from '../support/told.ts'

const words = ['schedule', 'backfill', '--sport', 'nba', '--season', '2024-25']
const games = [game(1, '2025-01-10'), game(2, '2025-01-11')]
const noSchedule: HandMadeLeague = { games, schedule: hang }
const noGame: HandMadeLeague = { games, boxes: { '0022400002': hang } }

/** Stops a run while it waits for an answer that never comes. */
async function stopWaiting(league: HandMadeLeague, more: readonly string[]): Promise<CliResult> {
  await using api = await startHandMadeNba(league)
  await using store = await createTestDatabase()
  const env = { ...api.env, DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2025-01-20T12:00:00Z' }
  const run = startCli([...words, ...more], env)
  await api.received(league === noSchedule ? 1 : 3)
  run.child.kill('SIGINT')
  return await run.done
}

/** What a shell takes the words for that are to be pasted. */
const pasted = (told: string): string[] => {
  const command = / resume with: sports-ingest (.*)$/.exec(told)?.[1] ?? ''
  return execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
    .trim()
    .split('\n')
}

test.each<[string, HandMadeLeague, string[], string[]]>([
  ['the same words', noGame, ['--chunk-days', '7'], ['--chunk-days', '7']],
  ['the same words, --restart too where nothing was forgotten yet', noSchedule, ['--restart'], ['--restart']],
  ['the same words without --restart, once it has begun to load', noGame, ['--restart'], []],
])('a run that is stopped ends with 130 and says how to go on: with %s', async (_, league, more, wanted) => {
  const { code, stderr, ...rest } = await stopWaiting(league, more)
  expect(code).toBe(130)
  const [told = '', ...others] = toldLines({ code, stderr, ...rest })
  expect(others).toEqual([])
  expect(told).toMatch(/^Stopped by SIGINT\. Hint: What was committed stays; resume with: /)
  expect(pasted(told)).toEqual([...words, ...wanted])
})

test('words with blanks and quotes are written so that a shell takes them for the same', async () => {
  using scratch = createScratch()
  const file = join(scratch.path, "it's mine.yaml")
  writeFileSync(file, 'log:\n  level: info\n')
  const [told = ''] = toldLines(await stopWaiting(noGame, ['--config', file]))
  expect(pasted(told)).toEqual([...words, '--config', file])
})

test('a dry run that is stopped says that nothing was kept', async () => {
  const stopped = await stopWaiting(noGame, ['--dry-run'])
  expect(stopped.code).toBe(130)
  expect(toldLines(stopped)).toEqual(['Stopped by SIGINT. Hint: Nothing was written.'])
})
