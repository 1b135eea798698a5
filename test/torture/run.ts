// Does to backfills what can be done to them, and compares the tables with those of a run that was left alone: `--only TEXT` for
// cases with that in their name, `--season full` for a whole season that is killed at random. Exits with the number of cases that failed.
import { parseArgs } from 'node:util'
import { inParallel } from '../../src/jobs/in-parallel.ts'
import { createFullSeason, createSmallSeason } from '../support/backfill-run.ts'
import { createDatabaseOn, startDatabaseServer } from '../support/database-server.ts'
import { databaseCases, sessionsEnded, someAnswersLost } from './database.ts'
import { killCases } from './kill.ts'
import { pauseCases, startedAtOnce } from './pause.ts'
import { signalCases } from './signal.ts'
import { longSoakCases, soakCases } from './soak.ts'
import { openWorld, tryCase, type Verdict } from './trial.ts'

const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, season: { type: 'string', default: 'small' } } })
const small = [...killCases, ...pauseCases, startedAtOnce, ...databaseCases, ...signalCases, ...soakCases]
const full = [...longSoakCases, someAnswersLost(0.01, 1, ['--chunk-days', '5']), sessionsEnded('mid-copy:30')]
const [season, all] = values.season === 'full' ? [createFullSeason(), full] : [createSmallSeason(), small]
const cases = all.filter(({ name }) => name.includes(values.only))

const widths = [64, 9, 28, 8, 8, 6, 6]
const say = (line: string) => process.stdout.write(`${line}\n`)
const row = (cells: readonly unknown[]) =>
  cells
    .map((cell, i) => String(cell).padEnd(widths[i] ?? 0))
    .join(' ')
    .trimEnd()

const broken = (error: Error): Verdict => ({ ended: [], requests: 0, repeated: 0, equal: false, problems: [String(error.stack)] })

await using server = await startDatabaseServer(undefined)
const world = await openWorld(season, () => createDatabaseOn(server.url))
let failed = 0
say(row(['what is done', 'processes', 'ended', 'requests', 'repeated', 'equal', 's']))
await inParallel(cases, 2, async one => {
  const startedMs = performance.now()
  const { ended, requests, repeated, equal, problems } = await tryCase(world, one).catch(broken)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  say(row([one.name, ended.length, ended.join(' '), requests, repeated, equal ? 'yes' : 'NO', seconds]))
  for (const problem of problems) say(`  ${problem}`)
  if (problems.length > 0) failed++
})
say(`\n${cases.length} cases, ${failed} failed`)
process.exitCode = Math.min(failed, 100)
