import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { forgetDeadPostmaster, stopServer } from '../../../src/store/embedded/postmaster.ts'
import { isRoot } from './processes.ts'

test('the process id of a server that is gone is removed, also by several at once', async () => {
  const cluster = mkdtempSync(join(tmpdir(), 'sports-ingest-pid-'))
  try {
    // A process that lives, and is no server of this cluster.
    writeFileSync(join(cluster, 'postmaster.pid'), `${process.pid}\n`)
    await Promise.all([1, 2, 3].map(() => forgetDeadPostmaster(cluster)))
    expect(readdirSync(cluster)).toEqual([])
  } finally {
    rmSync(cluster, { recursive: true })
  }
})

if (!isRoot) process.stderr.write('Skipped: only root stops the server of another account.\n')

test.skipIf(!isRoot)(
  'the account of the server cannot read passwords of root in the environment of the process that stops it',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sports-ingest-env-'))
    chmodSync(directory, 0o777)
    const account = { uid: 65_533, gid: 65_533 }
    const server = spawn('sleep', ['300'], { ...account, cwd: '/' })
    // The system's loader tells of each program that is started with these variables, as which it has all others, too.
    vi.stubEnv('LD_DEBUG', 'libs')
    vi.stubEnv('LD_DEBUG_OUTPUT', join(directory, 'started'))
    try {
      await once(server, 'spawn')
      const ended = once(server, 'exit')
      stopServer(server.pid as number, account)
      expect(await ended).toEqual([null, 'SIGINT'])
      expect(readdirSync(directory)).toEqual([])
    } finally {
      vi.unstubAllEnvs()
      server.kill('SIGKILL')
      rmSync(directory, { recursive: true })
    }
  },
)
