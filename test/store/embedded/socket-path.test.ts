import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shortPathTo } from '../../../src/store/embedded/socket-path.ts'
import { makeRoom } from './processes.ts'

test('a short path is taken as it is', async () => {
  expect((await shortPathTo('/var/lib/sports-ingest/pgdata-18', 'socket')).directory).toBe('/var/lib/sports-ingest/pgdata-18')
})

test.each(['linux', 'darwin'])('a long path gets a short name for as long as it is used (%s)', async platform => {
  await using room = await makeRoom()
  const directory = join(room.parent, 'd'.repeat(100))
  await mkdir(directory)
  await writeFile(join(directory, 'socket'), '')
  const short = await shortPathTo(directory, 'socket', platform)
  expect(short.directory.length).toBeLessThan(60)
  expect(existsSync(join(short.directory, 'socket'))).toBe(true)
  await short.release()
  expect(existsSync(join(short.directory, 'socket'))).toBe(false)
})
