import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { importCycles, wrongImports } from './support/import-direction.ts'

test('every file of the program imports from its own folder or from below', () => {
  expect(wrongImports(join(import.meta.dirname, '../src'))).toEqual([])
})

test('no file of the program imports itself through others', () => {
  expect(importCycles(join(import.meta.dirname, '../src'))).toEqual([])
})

let folder: string | undefined
afterEach(() => {
  if (folder) rmSync(folder, { recursive: true })
  folder = undefined
})

function writeFiles(files: Record<string, string>): string {
  folder = mkdtempSync(join(tmpdir(), 'sports-ingest-imports-'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  return folder
}

describe('what is an import in the wrong direction', () => {
  const wrongIn = (files: Record<string, string>) => wrongImports(writeFiles(files))

  test('from above', () => {
    expect(wrongIn({ 'store/runs.ts': "import { a } from '../pipeline/receipt.ts'" })).toEqual([
      'store/runs.ts imports pipeline/receipt.ts, which is above it',
    ])
  })

  test('from above, of a type', () => {
    expect(wrongIn({ 'pipeline/plan.ts': "import type {\n  App,\n} from '../app.ts'" })).toHaveLength(1)
  })

  test('from above, when it is needed', () => {
    expect(wrongIn({ 'app.ts': "const { run } = await import('./jobs/daily.ts')" })).toHaveLength(1)
  })

  test('from above, to hand it on', () => {
    expect(wrongIn({ 'core/all.ts': "export * from '../store/runs.ts'" })).toHaveLength(1)
  })

  test('from a neighbour', () => {
    expect(wrongIn({ 'http/client.ts': "import { sql } from '../store/database.ts'" })).toEqual([
      'http/client.ts imports store/database.ts, which is its neighbour',
    ])
  })

  test('from another sport', () => {
    expect(wrongIn({ 'sports/nfl/games.ts': "import { toDay } from '../nba/days.ts'" })).toEqual([
      'sports/nfl/games.ts imports sports/nba/days.ts, which is another sport',
    ])
  })

  test('from, or in, a folder without a place', () => {
    const files = {
      'utils/text.ts': "import { a } from '../core/days.ts'",
      'cli/table.ts': "import { b } from '../utils/text.ts'",
    }
    expect(wrongIn(files)).toEqual([
      'cli/table.ts imports utils/text.ts, which is in no known layer',
      'utils/text.ts is in no known layer',
    ])
  })

  test('not from its own folder, from below, from a package, or in a comment', () => {
    const files = {
      'commands/runs/list.ts': "import { a } from '../../cli/table.ts'\nimport { b } from './show.ts'",
      'sports/nba/games.ts': "import { c } from '../problem.ts'\nimport { z } from 'zod'",
      'sports/index.ts': "import { nba } from './nba/sport.ts'",
      'core/days.ts': "// as in import('../store/runs.ts')\n/**\n * from '../app.ts'\n */",
    }
    expect(wrongIn(files)).toEqual([])
  })
})

describe('what is an import cycle', () => {
  const cyclesIn = (files: Record<string, string>) => importCycles(writeFiles(files))

  test('two files that import each other, named once', () => {
    const files = { 'core/b.ts': "import { a } from './a.ts'", 'core/a.ts': "import { b } from './b.ts'" }
    expect(cyclesIn(files)).toEqual(['core/a.ts → core/b.ts → core/a.ts'])
  })

  test.each([
    "import type { B } from './b.ts'",
    "export type { B } from './b.ts'",
    "export type A = import('./b.ts').B",
    "const { b } = await import('./b.ts')",
  ])('also by %s', text => {
    const files = { 'core/a.ts': text, 'core/b.ts': "import { a } from './a.ts'" }
    expect(cyclesIn(files)).toEqual(['core/a.ts → core/b.ts → core/a.ts'])
  })

  test('across folders, through several files; files that only lead to it are not named', () => {
    const files = {
      'pipeline/contract.ts': "import type { FileDataset } from './files/dataset.ts'",
      'pipeline/files/dataset.ts': "import type { FetchedGame } from '../fetch-game.ts'",
      'pipeline/fetch-game.ts': "import type { Dataset } from './contract.ts'",
      'jobs/daily.ts': "import { fetchGame } from '../pipeline/fetch-game.ts'",
    }
    expect(cyclesIn(files)).toEqual([
      'pipeline/contract.ts → pipeline/files/dataset.ts → pipeline/fetch-game.ts → pipeline/contract.ts',
    ])
  })

  test('the shortest through each file, the shortest of all first; a file that imports itself', () => {
    const files = {
      'core/a.ts': "import { b } from './b.ts'",
      'core/b.ts': "import { a } from './a.ts'\nimport { c } from './c.ts'",
      'core/c.ts': "import { a } from './a.ts'",
      'core/d.ts': "import { d } from './d.ts'",
    }
    expect(cyclesIn(files)).toEqual([
      'core/d.ts → core/d.ts',
      'core/a.ts → core/b.ts → core/a.ts',
      'core/a.ts → core/b.ts → core/c.ts → core/a.ts',
    ])
  })

  test('not two ways to the same file', () => {
    const files = {
      'core/a.ts': "import { b } from './b.ts'\nimport { c } from './c.ts'",
      'core/b.ts': "import { c } from './c.ts'",
      'core/c.ts': "import { z } from 'zod'",
    }
    expect(cyclesIn(files)).toEqual([])
  })
})
