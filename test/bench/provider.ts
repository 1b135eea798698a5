import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { createSimulatedNbaCdn } from '../../src/sandbox/nba/cdn.ts'
import { reply, startProviderServer } from '../support/provider-server.ts'

// The simulated cdn as it stands at an instant, each answer so many ms late. Prints its address, and when its stdin ends, what arrived when.
const [now = '', latencyMs = ''] = process.argv.slice(2)
const cdn = createSimulatedNbaCdn(1)
await using server = await startProviderServer(async ({ path }) => {
  const answer = cdn.answer(path, new URLSearchParams(), new Date(now))
  await delay(Number(latencyMs))
  return answer && reply(answer.status, { 'content-type': answer.type }, answer.body)
})
process.stdout.write(`${server.url}\n`)
await text(process.stdin)
process.stdout.write(JSON.stringify(server.requests.map(({ path, arrivedMs }) => ({ path, arrivedMs }))))
