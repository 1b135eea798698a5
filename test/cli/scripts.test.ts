import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createScratch } from '../support/scratch.ts'
import { expectOneLine } from '../support/told.ts'

const program = join(import.meta.dirname, '../../bin/run.js')

/** Runs a shell script in which $RUN is the program. */
const sh = async (script: string, cwd: string) =>
  await promisify(execFile)('/bin/sh', ['-c', script], { cwd, env: { ...process.env, RUN: `${process.execPath} ${program}` } })

describe('in a script', () => {
  test.each([['config init'], ['help'], ['help runs'], ['watermark get schedule'], ['runs show'], ['autocomplete']])(
    '%s leaves standard input to the loop that reads it',
    async words => {
      using dir = createScratch()
      const loop = `printf 'one\\ntwo\\n' | while read line; do echo "$line"; $RUN ${words} >/dev/null 2>&1 || true; done`
      expect((await sh(loop, dir.path)).stdout).toBe('one\ntwo\n')
    },
  )

  test('a working directory that was removed is named, with a remedy', async () => {
    using dir = createScratch()
    const gone = `mkdir gone; cd gone; rmdir ../gone; $RUN runs list 2>&1; echo $?; $RUN config init 2>&1; $RUN --version >&2`
    const line = 'The working directory does not exist any more. Hint: Change to a folder that exists (cd), and run it again.\n'
    // oclif warns of it, too.
    expect((await sh(gone, dir.path)).stdout.replaceAll(/^WARNING: .*\n/gm, '')).toBe(`${line}100\n${line}`)
  })
})

test.each([
  [
    'live --only scoreboard box-scores',
    '--only takes one value, and box-scores is another. Hint: Repeat the flag: --only scoreboard --only box-scores.',
  ],
  ['live --only=a b c --once', '--only takes one value, and b is another. Hint: Repeat the flag: --only a --only b --only c.'],
  [
    'schedule backfill --sport nfl --only games rosters',
    '--only takes one value, and rosters is another. Hint: Repeat the flag: --only games --only rosters.',
  ],
  [
    'dead-letters retry --all --sport nba nfl',
    '--sport takes one value, and nfl is another. Hint: Repeat the flag: --sport nba --sport nfl.',
  ],
  ['schedule backfill --sport nfl more', 'Unexpected argument: more. Hint: See sports-ingest schedule backfill --help.'],
  ['dead-letters retry 3 x', 'x is not the id of a dead letter. Hint: See sports-ingest dead-letters list.'],
])('%s', async (words, says) => {
  await expectOneLine(words.split(' '), { code: 100, says })
})
