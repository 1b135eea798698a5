import { clearLine, cursorTo, moveCursor } from 'node:readline'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startProgress } from '../../src/cli/progress.ts'
import type { Progress } from '../../src/jobs/work-units.ts'
import { noCounts, noItems } from '../../src/pipeline/receipt.ts'
import { createScreen } from '../support/screen.ts'

/** A terminal with a screen. */
function createTerminal(columns: number) {
  const stream = new PassThrough()
  const screen = createScreen(columns)
  stream.on('data', piece => screen.write(String(piece)))
  const terminal = Object.assign(stream, {
    ...{ columns, isTTY: true },
    cursorTo: (x: number) => cursorTo(stream, x),
    moveCursor: (x: number, y: number) => moveCursor(stream, x, y),
    clearLine: (direction: -1 | 0 | 1) => clearLine(stream, direction),
  })
  const resize = (to: number) => {
    screen.resize(to)
    terminal.columns = to
    terminal.emit('resize')
  }
  return { terminal, screen: screen.lines, resize }
}

const progress: Progress = {
  ...{ sport: 'nba', about: '2024-25', noun: 'games', done: 50, total: 1400, rows: 0 },
  ...{ requests: 51, failures: 0, elapsedMs: 26_000, paced: 51, ratePerSecond: 2 },
}
const counts = {
  ...noCounts(),
  items: [{ ...noItems('games'), asked: 50, loaded: 50 }],
  rows: { inserted: 1250, updated: 0, deleted: 0 },
}
const loaded = { name: '2024-10-22 to 2024-10-25', counts, durationMs: 25_300 }

beforeEach(() => {
  vi.stubEnv('CI', undefined)
  vi.stubEnv('TERM', 'xterm')
})
afterEach(() => void vi.unstubAllEnvs())

test('a line for each piece that was loaded stands above one line that changes, which is gone in the end', async () => {
  const { terminal, screen } = createTerminal(80)
  const shown = await startProgress({ terminal, pieces: true })
  expect(screen().at(-1)).toMatch(/^\S asking for the schedule$/)
  shown.update({ ...progress, loaded })
  const piece = 'nba 2024-10-22 to 2024-10-25: 50 games, 1250 rows new or changed, 25 s'
  terminal.write('warning: something\n')
  expect(screen()).toEqual([piece, 'warning: something', expect.stringMatching(/^\S nba 2024-25: 50 of 1400 games, 51 requests/)])
  shown.stop()
  expect(screen()).toEqual([piece, 'warning: something', ''])
})

test('it stays one line on a narrow terminal, and on one that becomes narrower', async () => {
  const { terminal, screen, resize } = createTerminal(80)
  const shown = await startProgress({ terminal, pieces: false })
  shown.update({ ...progress, loaded })
  terminal.write('so far\n')
  expect(screen()).toEqual(['so far', expect.stringMatching(/1.96 of 2\/s, 11 min 42 s left$/)])
  resize(40)
  shown.update({ ...progress, done: 51 })
  terminal.write('and on\n')
  expect(screen()).toEqual(['so far', 'and on', expect.stringMatching(/^\S nba 2024-25: 51 of 1400 games, .*…$/)])
  shown.stop()
  expect(screen()).toEqual(['so far', 'and on', ''])
})

test.each([
  ['of unknown width', { columns: 0 }],
  ['that is dumb', { TERM: 'dumb' }],
  ['of a CI', { CI: 'true' }],
])(
  'a terminal %s has the pieces, and no line that changes',
  async (_, { columns = 80, ...env }: { columns?: number; TERM?: string; CI?: string }) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    const { terminal, screen } = createTerminal(columns)
    const shown = await startProgress({ terminal, pieces: true })
    shown.update({ ...progress, loaded })
    shown.stop()
    expect(screen().join('')).toBe('nba 2024-10-22 to 2024-10-25: 50 games, 1250 rows new or changed, 25 s')
  },
)

test('the end of the process takes the line away', async () => {
  const { terminal, screen } = createTerminal(80)
  const before = process.listeners('exit')
  const shown = await startProgress({ terminal, pieces: false })
  shown.update(progress)
  const [atExit] = process.listeners('exit').filter(listener => !before.includes(listener))
  atExit?.(130)
  expect(screen()).toEqual([''])
  expect(process.listeners('exit')).toEqual(before)
})
