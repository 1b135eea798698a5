import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { askServer } from '../../../src/store/embedded/probe.ts'
import { connectionOptions, embeddedTarget } from '../../../src/store/target.ts'
import { createScratch } from '../../support/scratch.ts'

test('who listens in the place of the embedded server and asks for a password is given none', async () => {
  using scratch = createScratch()
  const path = join(scratch.path, '.s.PGSQL.5432')
  const said: string[] = []
  await using server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => {
      // AuthenticationCleartextPassword
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]))
      socket.once('data', data => {
        said.push(data.toString('latin1'))
        const fields = Buffer.from('SFATAL\0C28P01\0Mwrong\0\0')
        const head = Buffer.from([0x45, 0, 0, 0, fields.length + 4])
        socket.end(Buffer.concat([head, fields]))
      })
    })
  }).listen(path)
  await once(server, 'listening')
  vi.stubEnv('PGPASSWORD', 's3cret')
  try {
    await expect(askServer(path, 'sports_ingest', scratch.path)).rejects.toThrow()
    const connection = { host: scratch.path, port: 5432, user: 'sports_ingest', path }
    const sql = embeddedTarget({ connection }).connect({
      ...connectionOptions(),
      max: 1,
    })
    await expect(sql`select 1`).rejects.toThrow()
    await sql.end({ timeout: 1 })
  } finally {
    vi.unstubAllEnvs()
  }
  expect(said).toEqual(['p\0\0\0\x05\0', 'p\0\0\0\x05\0'])
})
