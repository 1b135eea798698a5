import { beforeAll, describe, expect, test } from 'vitest'
import { runStatuses } from '../support/daily-run.ts'
import { halfLoaded, importUndisturbed, openImport, type Start, startImport } from '../support/import-run.ts'
import { type TableHashes, tableHashes } from '../support/table-hashes.ts'

/** At which times a step is reached the run dies. */
const moments: Record<Start, string[]> = {
  empty: [
    'lease-taken',
    'run-started',
    'planned',
    'before-fetch:6',
    'mid-copy:9',
    'after-copy:9',
    'rows-merged:9',
    'settled:1',
    'before-commit:6',
    'after-commit:1',
    'before-receipt',
  ],
  older: ['mid-copy:4', 'after-copy:5', 'rows-merged:6', 'settled:2', 'before-commit:3', 'after-commit:2'],
}

const whole: Partial<Record<Start, TableHashes>> = {}

beforeAll(async () => {
  ;[whole.empty, whole.older] = await Promise.all([importUndisturbed('empty'), importUndisturbed('older')])
})

test('an import into empty tables and one into older rows leave the same rows', () => {
  const rows = ({ dead_letters: _, ...tables }: TableHashes) => tables
  expect(rows(whole.older ?? {})).toEqual(rows(whole.empty ?? {}))
})

for (const start of ['empty', 'older'] as const) {
  describe.concurrent(`an import into ${start} tables that is killed leaves whole files only, and the next one does the rest`, () => {
    test.each(moments[start])('killed at %s', async moment => {
      await using world = await openImport(start)
      const killed = await startImport({ ...world.env, SPORTS_INGEST_STEP: `kill:${moment}` }).done
      expect(killed.signal, killed.stderr).toBe('SIGKILL')
      expect(await halfLoaded(world, start)).toEqual([])
      const next = await startImport(world.env).done
      // The row that cannot be read is a failure once, the file that does not exist each time.
      expect([1, 2], next.stderr).toContain(next.code)
      expect(await tableHashes(world.sql)).toEqual(whole[start])
      const lost = moment === 'lease-taken' ? [] : ['lost']
      expect(await runStatuses(world.sql)).toEqual([...(start === 'older' ? ['failed'] : []), ...lost, 'failed'])
    })
  })
}
