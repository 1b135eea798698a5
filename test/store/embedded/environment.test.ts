import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findPackage } from '../../../src/store/embedded/binaries.ts'
import { isRoot, makeRoom, processesIn, startClient, until } from './processes.ts'

test('no program of the server has passwords, or anything else, of the environment', async () => {
  await using room = await makeRoom()
  await chmod(room.parent, 0o755)
  const told = join(room.parent, 'told')
  await mkdir(told)
  await chmod(told, 0o777)
  // As root, where the programs are copied and tried first.
  const packageDir = join(room.parent, 'closed/package')
  if (isRoot) {
    cpSync(findPackage(), packageDir, { recursive: true, verbatimSymlinks: true })
    await chmod(join(room.parent, 'closed'), 0o700)
  }
  await using client = startClient(room.dataDir, {
    ...(isRoot ? { packageDir } : {}),
    env: {
      RACING_API_PASSWORD: 's3cret',
      PGPASSWORD: 's3cret',
      // The system's loader writes a file for each program that has these two, as which it has all others, too.
      LD_DEBUG: 'libs',
      LD_DEBUG_OUTPUT: join(told, 'started'),
    },
  })
  expect(await client.opened).toBe('ok')
  const running = processesIn(room.cluster).map(pid => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0'))
  expect(running.length).toBeGreaterThan(5)
  const names = new Set(running.flat().flatMap(entry => entry.split('=')[0] || []))
  const ours = ['PATH', 'LANG', 'TZ', 'PWD', 'OLDPWD', 'SHLVL', '_']
  expect([...names].filter(name => !ours.includes(name))).toEqual([])
  await client.ask('close')
  await until('the server has stopped', () => processesIn(room.cluster).length === 0)
  // initdb, its own programs and the trial of the copy have ended.
  expect(readdirSync(told)).toEqual([`started.${client.pid}`])
})
