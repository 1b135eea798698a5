import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { startPostgresProxy } from '../support/postgres-proxy.ts'

const program = join(import.meta.dirname, '../../bin/run.js')
/** As `docker run --user 10001` has it: no entry in passwd, so no name, no shell and no home. */
const uid = 10_001
const env = { PATH: process.env['PATH'] }

const how = { uid, gid: uid, cwd: '/' }

async function run(args: string[], more: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    ...how,
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

const mayBe = process.getuid?.() === 0 && spawnSync(process.execPath, [program, '--version'], how).status === 0
if (!mayBe) process.stderr.write('Skipped: only root can run the program as another user, and only where that one can read it.\n')

test.skipIf(!mayBe)('a user without an entry in passwd and without HOME can use a server, and is known by number', async () => {
  await using store = await createTestDatabase()
  // The tests' own server is behind a folder that this user may not enter.
  await using proxy = await startPostgresProxy(store.url)
  const more = { DATABASE_URL: proxy.url }
  expect(await run(['watermark', 'set', 'schedule', 'daily', '2025-01-10'], more)).toMatchObject({ code: 0, stderr: '' })
  const history = await run(['watermark', 'history', 'schedule', 'daily', '--json'], more)
  expect(JSON.parse(history.stdout)).toMatchObject([{ value: '2025-01-10', changedBy: `uid ${uid}` }])
  expect(await run(['config', 'show', '--json'], { ...more, SPORTS_INGEST_DATA_DIR: '/srv/sports' })).toMatchObject({ code: 0 })
  expect(await run(['--help'])).toMatchObject({ code: 0, stderr: '' })
})
