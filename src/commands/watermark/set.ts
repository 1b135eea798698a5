import { Args, Flags } from '@oclif/core'
import { watermarkArgs } from '../../cli/args.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { addDays } from '../../core/days.ts'
import { UsageError } from '../../core/errors.ts'
import { userName } from '../../core/user-name.ts'
import { dayOf } from '../../core/zones.ts'
import { checkWatermarkValue, leaseOfWatermark, toWatermarkName } from '../../jobs/request/watermark-name.ts'
import type { Database } from '../../store/database.ts'
import { takeLease } from '../../store/leases.ts'
import { forgetSettled } from '../../store/settled.ts'
import { moveWatermark, readWatermark, type WatermarkName } from '../../store/watermarks.ts'

interface Change extends WatermarkName {
  previous: string | null
  value: string
  /** The run whose end commits it. */
  run?: number
}

export default class SetWatermark extends BaseCommand {
  static override summary = 'Set a watermark by hand, forward or back.'
  static override description =
    'The next run loads again what comes after it; unchanged rows are not written. The change is recorded with the previous value, the user and the reason. Exits with 103 while a run holds the same watermark. Called by the program of a job (run: exec) for the watermark of that job, where SPORTS_INGEST_RUN is set, it notes the value: it is committed when that run ends, if the exit code is 0.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> schedule daily 2025-01-10 --reason "bad lines"',
    '<%= config.bin %> <%= command.id %> job report 2025-01-10',
  ]
  static override args = {
    ...watermarkArgs,
    value: Args.string({ description: 'A day (schedule), a game id (backfill), or one line (job).', required: true }),
  }
  static override flags = { ...sandboxFlag, reason: Flags.string({ summary: 'Why; recorded in the history.' }) }

  async run(): Promise<Change> {
    const { args, flags } = await this.parse(SetWatermark)
    if (args.stage === 'job') return await this.#setOwn(args.key, args.value, flags)
    const name = toWatermarkName(args.stage, args.key)
    const { stage, key } = name
    const { clock } = await this.context()
    const today = dayOf(clock.now(), name.sport.zone)
    checkWatermarkValue(name, args.value, today)
    const database = await this.database(flags)
    const change = await this.#move(database, { stage, key }, leaseOfWatermark(name), args.value, flags.reason)
    this.show(stage === 'schedule' ? whatNext(args.value, today) : `The next backfill of ${key} begins after that game.`)
    return change
  }

  async #move(database: Database, name: WatermarkName, leaseName: string, value: string, reason?: string): Promise<Change> {
    const { clock, log } = await this.context()
    const lease = await takeLease(database, leaseName, log)
    try {
      const previous = await database.transaction(async tx => {
        await lease.check(tx)
        const before = await readWatermark(tx, name)
        await moveWatermark(tx, { ...name, value, at: clock.now(), by: { user: userName(), reason } })
        // Set back: what was settled beyond it is loaded again.
        await forgetSettled(tx, name, (before ?? '') > value ? { after: value } : { upTo: value })
        return before ?? null
      })
      this.show(`${name.stage} ${name.key}: ${previous ?? 'none'} → ${value}`)
      return { ...name, previous, value }
    } finally {
      await lease.release()
    }
  }

  /** That of a job of the user's own: by its program for the end of the run, or by hand. */
  async #setOwn(key: string, value: string, flags: { sandbox: boolean; reason?: string | undefined }): Promise<Change> {
    const { loaded } = await this.context()
    const [{ checkOwnValue, noteOwnWatermark }, { findOwnJob }, { jobLease }] = await Promise.all([
      import('../../jobs/own/watermark.ts'),
      import('../../schedule/jobs-of-file.ts'),
      import('../../store/occurrences.ts'),
    ])
    checkOwnValue(value)
    const name = { stage: 'job', key }
    const given = process.env['SPORTS_INGEST_RUN']
    const database = await this.database(flags)
    if (given) {
      const run = /^\d{1,15}$/.test(given) ? Number(given) : 0
      if (flags.reason !== undefined)
        throw new UsageError('--reason has no effect in the program of a job.', { hint: 'The run is recorded in its place.' })
      const noted = await noteOwnWatermark(database, { job: key, runId: run, value })
      this.show(`job ${key}: ${noted.previous ?? 'none'} → ${value}, when run ${run} ends with exit code 0`)
      return { ...name, ...noted, value, run }
    }
    findOwnJob(loaded.config, key)
    const change = await this.#move(database, name, jobLease(key), value, flags.reason)
    this.show(`The next run of ${key} reads it with sports-ingest watermark get job ${key}.`)
    return change
  }
}

function whatNext(value: string, today: string): string {
  const [first, last] = [addDays(value, 1), addDays(today, -1)]
  if (first > last) return 'The next schedule daily has nothing to catch up on.'
  return `The next schedule daily loads ${first === last ? first : `${first} to ${last}`}.`
}
