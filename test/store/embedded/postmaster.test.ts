import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { forgetDeadPostmaster } from '../../../src/store/embedded/postmaster.ts'

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
