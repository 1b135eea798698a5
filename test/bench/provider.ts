import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { createSimulatedNbaCdn } from '../../src/sandbox/nba/cdn.ts'
import { createSimulatedRacing } from '../../src/sandbox/racing/providers.ts'
import { reply, startProviderServer } from '../support/provider-server.ts'

// A simulated provider as it stands at an instant, each answer so many ms late. Prints its address, and when its stdin ends, what arrived when.
const [sport, now = '', latencyMs = ''] = process.argv.slice(2)
const api = sport === 'racing' ? createSimulatedRacing(1)[0] : createSimulatedNbaCdn(1)
await using server = await startProviderServer(async ({ path }) => {
  const { pathname, searchParams } = new URL(path, 'http://loopback')
  const answer = api?.answer(pathname, searchParams, new Date(now))
  await delay(Number(latencyMs))
  return answer && reply(answer.status, { 'content-type': answer.type }, answer.body)
})
process.stdout.write(`${server.url}\n`)
await text(process.stdin)
process.stdout.write(JSON.stringify(server.requests.map(({ path, arrivedMs }) => ({ path, arrivedMs }))))
