/**
 * Named steps at which a run can be made to die, to prove that what comes after is right:
 * `SPORTS_INGEST_STEP=kill:before-commit` kills the process there, as `kill -9` would;
 * `stop:` halts it there until SIGCONT, `kill:after-copy:3` counts to the third time.
 */
export const steps = [
  'lease-taken',
  'run-started',
  'planned',
  'before-fetch',
  'after-fetch',
  'after-archive',
  'retry-wait',
  'chunk-opened',
  'mid-copy',
  'after-copy',
  'rows-merged',
  'settled',
  'before-commit',
  'after-commit',
  'before-receipt',
] as const

export type Step = (typeof steps)[number]

/** Steps of a background job. */
type JobStep = 'job-begun' | 'job-worked'

const passed = new Map<Step | JobStep, number>()

/** Called where a step is reached. Does nothing unless `SPORTS_INGEST_STEP` names it. */
export async function reachStep(step: Step | JobStep): Promise<void> {
  const wanted = process.env['SPORTS_INGEST_STEP']
  if (!wanted) return
  const [action, name, turn = '1'] = wanted.split(':')
  if (name !== step) return
  const times = (passed.get(step) ?? 0) + 1
  passed.set(step, times)
  if (times !== Number(turn)) return
  process.kill(process.pid, action === 'stop' ? 'SIGSTOP' : 'SIGKILL')
  // SIGSTOP takes effect at once, SIGKILL before the next line: neither returns here before its time.
}
