import { visible } from '../core/visible.ts'
import type { Progress } from '../jobs/work-units.ts'
import { durationText } from './table.ts'

/** At two requests a second, progress changes every second. */
const silentFromS = 10

/**
 * Shows how far a run is. On a terminal it is one line that changes; elsewhere nothing.
 * @param shown whether stderr is a terminal, and --json was not given
 */
export async function startProgress(shown: boolean): Promise<{ update(progress: Progress): void; stop(): void }> {
  // A terminal may report no width (0, as under `script` in CI): ora would clear infinitely many lines.
  if (!shown || !process.stderr.columns) return { update() {}, stop() {} }
  const { default: ora } = await import('ora')
  // With discardStdin ora reads the keyboard and handles Ctrl-C itself, which would prevent a clean stop.
  const spinner = ora({
    text: 'asking for the schedule',
    discardStdin: false,
    color: process.env['NO_COLOR'] ? false : 'cyan',
  }).start()
  // A line that has not changed for a while says so.
  let [last, lastMs] = ['', performance.now()]
  const timer = setInterval(() => {
    const silentS = Math.round((performance.now() - lastMs) / 1000)
    if (last && silentS >= silentFromS) spinner.text = `${last}; nothing new for ${silentS} s`
  }, 1000).unref()
  return {
    update: progress => {
      ;[last, lastMs] = [progressText(progress), performance.now()]
      spinner.text = last
    },
    stop: () => {
      clearInterval(timer)
      spinner.stop()
    },
  }
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
