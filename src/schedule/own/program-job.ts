import { dirname } from 'node:path'
import type { App } from '../../app.ts'
import { OwnJobError, StoppedError } from '../../core/errors.ts'
import { reachStep } from '../../core/steps.ts'
import { findProgram, type ProgramEnd, runProgramGroup } from '../../jobs/own/program.ts'
import { jobWatermark } from '../../pipeline/watermark-names.ts'
import { libpqVariables, withDatabase } from '../../store/libpq.ts'
import { lockRunning } from '../../store/runs.ts'
import { moveWatermark } from '../../store/watermarks.ts'
import type { FileJob, FileJobEnd } from '../file-job.ts'
import { complete, keepOutput, logOwnEnd, type OwnRun, whyOf, write } from './own-run.ts'

/** How long a program may take to end by itself: after its time, and where this process is to end, which has 8 seconds. */
const [graceMs, graceAtStopMs] = [10_000, 5_000]

/** The program, its arguments, and where it starts. */
function programOf({ config }: App, { command = [], shell, cwd }: FileJob) {
  const [program = '/bin/sh', ...args] = shell === undefined ? command : ['/bin/sh', '-c', shell]
  return { command: program, args, cwd: cwd ?? (config.file ? dirname(config.file) : process.cwd()) }
}

function environmentOf({ config, database: { address, embedded } }: App, { name, env = {} }: FileJob, run: number) {
  const own = Object.fromEntries(Object.entries(env).map(([variable, value]) => [variable, value.reveal()]))
  return withDatabase(
    {
      ...{ ...libpqVariables(address), DATABASE_URL: address, SPORTS_INGEST_DATA_DIR: config.dataDir },
      ...(config.file ? { SPORTS_INGEST_CONFIG: config.file } : {}),
      ...{ ...own, SPORTS_INGEST_JOB: name, SPORTS_INGEST_RUN: String(run) },
    },
    embedded,
  )
}

/** Runs the program of a job to its end, which ends the run. */
export async function runProgram(run: OwnRun): Promise<FileJobEnd> {
  const { app, job, id, receipt, signal } = run
  const { database, log } = app
  let error: Error | undefined
  let ended: ProgramEnd | undefined
  try {
    const about = { ...programOf(app, job), env: environmentOf(app, job, id) }
    findProgram(about)
    ended = await runProgramGroup({
      ...about,
      signal,
      graceMs: () => (signal.reason instanceof StoppedError ? graceAtStopMs : graceMs),
      onStart: pid => log.info('program.start', { job: job.name, program: about.command, pid }),
      onLine: (stream, line) => keepOutput(run, stream, line),
    })
    const { code, signal: by, hadOthers } = ended
    if (hadOthers) log.warn('program.left', { job: job.name, message: `${job.name} left processes behind, which were stopped` })
    receipt.program = { exitCode: code, signal: by }
    if (code !== 0)
      error = new OwnJobError(`The program ${endWords(ended)}.`, { hint: `See sports-ingest runs show ${id} --log.` })
  } catch (cause) {
    error = cause as Error
  }
  if (signal.aborted) error = whyOf(signal)
  const end = complete(run, error, ended && `The program ${endWords(ended)}.`)
  await reachStep('before-receipt')
  await database.transaction(async tx => {
    // First of all the lease: whoever has it now would wait for this transaction.
    await run.held.lease.check(tx)
    const running = await lockRunning(tx, id)
    if (!running) return
    const [watermark] = receipt.watermarks
    if (!error && running.noted !== null && watermark)
      watermark.after = await moveWatermark(tx, {
        ...jobWatermark(job.name),
        value: running.noted,
        at: app.clock.now(),
        by: { runId: id },
      })
    await write(tx, run, end)
  })
  logOwnEnd(run, end)
  return end
}

/** `exited with code 3`, `was ended by SIGKILL` */
const endWords = ({ code, signal }: Pick<ProgramEnd, 'code' | 'signal'>): string =>
  code === null ? `was ended by ${signal}` : `exited with code ${code}`

/** Says what it would start, and that it is there: what it does cannot be undone. */
export async function tryProgram(app: App, job: FileJob): Promise<FileJobEnd> {
  const about = { ...programOf(app, job), env: environmentOf(app, job, 0) }
  try {
    const path = findProgram(about)
    const note = `${job.name} would start ${[path, ...about.args].join(' ')} in ${about.cwd}.`
    return { receipts: [], failures: 0, errors: [], message: note, notes: [note] }
  } catch (error) {
    return { receipts: [], failures: 1, errors: [error as Error] }
  }
}
