import { visible } from '../core/visible.ts'
import type { LoadedPiece, Progress } from '../jobs/work-units.ts'
import { rowsWritten } from '../pipeline/receipt.ts'
import { cut, durationText } from './table.ts'
import { type Terminal, tellOnTerminal } from './tell.ts'

/** At two requests a second, progress changes every second. */
const silentFromS = 10

/** What the line leaves free: the spinner before it, and ^C behind it. */
const freeColumns = 5

export interface ProgressOptions {
  /** What it is shown on. */
  terminal: Terminal & { isTTY?: boolean }
  /** A line in words for each piece that was loaded, where the log does not say it. */
  pieces: boolean
}

/** How far a run is: one line that changes, on a terminal that can draw one, and above it a line for each piece that was loaded. */
export async function startProgress({
  terminal,
  pieces,
}: ProgressOptions): Promise<{ update(progress: Progress): void; stop(): void }> {
  const line = canDraw(terminal) ? await startLine(terminal) : undefined
  return {
    update: progress => {
      if (pieces && progress.loaded) tellOnTerminal(terminal, pieceText(progress, progress.loaded))
      line?.update(progressText(progress))
    },
    stop: () => line?.stop(),
  }
}

/** A terminal may report no width (0, as under `script` in CI), and a dumb one cannot go back to the beginning of a line. */
const canDraw = ({ columns }: Terminal): boolean => Boolean(columns) && process.env['TERM'] !== 'dumb' && !('CI' in process.env)

async function startLine(terminal: ProgressOptions['terminal']) {
  const { default: ora } = await import('ora')
  let [last, lastMs, width] = ['asking for the schedule', performance.now(), 0]
  // With discardStdin ora reads the keyboard and handles Ctrl-C itself, which would prevent a clean stop. A cursor that it hides stays
  // hidden where the process is halted (Ctrl-Z) or killed.
  const spinner = ora({
    stream: terminal,
    discardStdin: false,
    hideCursor: false,
    isEnabled: true,
    color: process.env['NO_COLOR'] ? false : 'cyan',
  })
  const draw = (more = '') => {
    spinner.text = cut(`${last}${more}`, Math.max(1, (terminal.columns ?? 0) - freeColumns))
    width = spinner.text.length + freeColumns
  }
  // A narrower terminal has broken the line in two, of which ora would clear the second.
  const fit = () => {
    const rows = Math.ceil(width / (terminal.columns || width))
    if (rows > 1) terminal.write(`\r\u001b[${rows - 1}A\u001b[J`)
    draw()
  }
  const stop = () => {
    clearInterval(timer)
    terminal.off('resize', fit)
    process.off('exit', stop)
    spinner.stop()
  }
  // A line that has not changed for a while says so.
  const timer = setInterval(() => {
    const silentS = Math.round((performance.now() - lastMs) / 1000)
    if (silentS >= silentFromS) draw(`; nothing new for ${silentS} s`)
  }, 1000).unref()
  terminal.on('resize', fit)
  // A second Ctrl-C ends the process at once.
  process.on('exit', stop)
  draw()
  spinner.start()
  return {
    update: (text: string) => {
      ;[last, lastMs] = [text, performance.now()]
      draw()
    },
    stop,
  }
}

/** `nba 2024-10-22 to 2024-10-25: 50 games, 1250 rows new or changed, 25 s` */
function pieceText({ sport, noun }: Progress, { name, counts, durationMs }: LoadedPiece): string {
  const asked = counts.items.filter(items => items.asked > 0)
  const [written, read] = [rowsWritten(counts.rows), asked.some(items => items.noun === 'rows')]
  const parts = [
    ...asked.map(items => `${items.asked} ${items.noun}${items.noun === 'rows' ? ' read' : ''}`),
    ...(asked.length === 0 ? [`no ${noun === 'files' ? 'rows' : noun}`] : []),
    ...(asked.length === 0 && written === 0
      ? []
      : [written ? `${written}${read ? '' : ' rows'} new or changed` : 'nothing changed']),
    ...asked.filter(({ dead }) => dead > 0).map(({ dead, noun }) => `${dead} ${noun} dead`),
    durationText(durationMs),
  ]
  return `${sport} ${name}: ${parts.join(', ')}`
}

/** Too early for an estimate of the remaining time. */
const tooEarlyMs = 3000

/** `nba 2024-25: 340 of 1400 games, 341 requests, 1.99 of 2/s, 1 failed, 8 min 52 s left` */
function progressText(progress: Progress): string {
  const { sport, about, noun, done, total, rows, requests, elapsedMs, paced, ratePerSecond, failures } = progress
  const read = noun === 'files' ? `, ${rows} rows` : ''
  const used = (paced * 1000) / elapsedMs
  const isEarly = elapsedMs < tooEarlyMs || noun === 'files'
  const rate = isEarly ? '' : `, ${used.toFixed(used < 10 ? 2 : 0)} of ${ratePerSecond}/s`
  const left = isEarly || done === 0 ? '' : `, ${durationText(((total - done) / done) * elapsedMs)} left`
  const failed = failures ? `, ${failures} failed` : ''
  return visible(`${sport} ${about}: ${done} of ${total} ${noun}${read}, ${requests} requests${rate}${failed}${left}`)
}
