import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { eachDay } from '../../src/core/days.ts'
import { placed, result } from '../support/hand-made-racing.ts'
import { firstDay, lastDay, pageSize, racesOfDay, runnersOfRace } from './races.ts'

// A hundred days of results in the API's shape, made before the first request. Prints its address, and ends when its stdin does.
const pages = new Map<string, Buffer>()
for (const [d, day] of eachDay(firstDay, lastDay).entries()) {
  const races = Array.from({ length: racesOfDay }, (_, n) => {
    const first = d * 97 + n * 13
    // Horses run again every few weeks.
    return result(day, n, {
      runners: Array.from({ length: runnersOfRace }, (_, i) => placed(1 + ((first + i * 401) % 9000), i + 1)),
    })
  })
  for (let skip = 0; skip < races.length; skip += pageSize) {
    const page = { results: races.slice(skip, skip + pageSize), total: races.length, limit: pageSize, skip, query: [] }
    pages.set(`${day} ${skip}`, Buffer.from(JSON.stringify(page)))
  }
}

const server = createServer((request, response) => {
  const { searchParams: query } = new URL(request.url ?? '', 'http://loopback')
  const body = pages.get(`${query.get('start_date')} ${query.get('skip')}`)
  const type = { 'content-type': 'application/json' }
  if (!body) return response.writeHead(404, type).end('{"detail":"Not Found"}')
  return response.writeHead(200, { ...type, 'content-length': body.length }).end(body)
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`))
await text(process.stdin)
process.exit()
