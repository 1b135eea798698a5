import { expect, test } from 'vitest'
import { nflFiles } from '../support/hand-made-nfl.ts'
import { startNflWorld } from '../support/nfl-world.ts'
import type { Reply } from '../support/provider-server.ts'

/** Five pieces within two and a half seconds. */
const dripping = (text: string): Reply => ({
  send(response) {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': Buffer.byteLength(text) })
    const body = Buffer.from(text)
    const length = Math.ceil(body.length / 5)
    const sendFrom = (at: number) => {
      response.write(body.subarray(at, at + length))
      if (at + length >= body.length) response.end()
      else setTimeout(() => sendFrom(at + length), 600)
    }
    sendFrom(0)
  },
})

test('a file that comes more slowly than database.query_timeout is loaded', async () => {
  const files = nflFiles(2024)
  const text = files['snap_counts_2024'] as string
  files['snap_counts_2024'] = dripping(text)
  await using world = await startNflWorld(files, { settings: { SPORTS_INGEST_DATABASE_QUERY_TIMEOUT: '1' } })
  const outcome = await world.backfill({ only: ['snap-counts'] })
  expect(outcome).toMatchObject({ code: 0, said: '' })
  expect(await world.count('nfl_snap_counts')).toBe(text.trim().split('\n').length - 1)
})
