// Follows simulated days under a clock that leaps over every wait, and prints a line for each: `--sport nba|nfl`, `--days N`,
// `--from YYYY-MM-DD`. By default a whole season of the NFL, from the opening to the Super Bowl.
// Exits with the number of games that were missed or are not final.
import { parseArgs } from 'node:util'
import { createDatabaseOn, startDatabaseServer } from '../support/database-server.ts'
import { followDays } from '../support/live-season.ts'
import { liveNba, liveNfl } from '../support/live-world.ts'

const { values } = parseArgs({
  options: {
    sport: { type: 'string', default: 'nfl' },
    days: { type: 'string', default: '165' },
    from: { type: 'string', default: '2025-09-01' },
  },
})
const say = (line: string) => process.stdout.write(`${line}\n`)

await using server = await startDatabaseServer(undefined)
const startedMs = performance.now()
const { days, games, missed, unfinished, letters, complaints } = await followDays(
  await createDatabaseOn(server.url),
  values.sport === 'nba' ? liveNba : liveNfl,
  values.from,
  Number(values.days),
)
say('day         games  requests  fixed windows  games outside of them')
for (const { day, games: played, requests, fixed, outside } of days)
  say(
    `${day}  ${String(played).padStart(5)}  ${String(requests).padStart(8)}  ${String(fixed).padStart(13)}  ${String(outside).padStart(21)}`,
  )
const sum = (name: 'requests' | 'fixed' | 'outside') => days.reduce((total, day) => total + day[name], 0)
say(
  `\n${games} games, ${missed.length} missed, ${unfinished.length} not final, ${letters} dead letters, ${complaints.length} complaints`,
)
say(
  `${sum('requests')} requests where fixed windows make ${sum('fixed')} and miss the beginning of ${sum('outside')} games, in ${Math.round((performance.now() - startedMs) / 1000)} s`,
)
for (const complaint of complaints.slice(0, 10)) say(`  ${JSON.stringify(complaint)}`)
process.exitCode = Math.min(missed.length + unfinished.length, 100)
