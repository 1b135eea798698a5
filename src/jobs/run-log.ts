import type { App } from '../app.ts'
import { type KeptLines, keepLines } from '../core/kept-lines.ts'
import { keepingLog } from '../core/kept-log.ts'
import { writeRunLog } from '../store/run-logs.ts'

/** What is kept of what a run logs. */
export interface RunLog extends Pick<KeptLines, 'add'> {
  /** From now on it is written once in a while, so that it is there if the run is killed; a dry run has no number. */
  begin(runId: number | null): void
}

/** The first lines come soon: a run may be killed in its first second, or hang. */
const [firstWriteMs, writeEveryMs] = [500, 5_000]

/** Does the work of a run, and writes what it logs to the database: every few seconds, and at its end. That it cannot be written is no failure. */
export async function withRunLog<T>(
  { database, log }: Pick<App, 'database' | 'log'>,
  work: (runLog: RunLog) => Promise<T>,
): Promise<T> {
  const lines = keepLines()
  let [runId, written] = [null as number | null, 0]
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  const write = async () => {
    const { count } = lines
    if (runId === null || count === written) return
    const id = runId
    await database
      .run(sql => writeRunLog(sql, id, lines.text()), 1)
      .then(() => {
        written = count
      })
      .catch((error: Error) => log.debug('run-log.unwritten', { run: id, reason: error.message }))
  }
  const writeLater = (afterMs: number) => {
    timer = setTimeout(() => {
      writing = write().then(() => writeLater(writeEveryMs))
    }, afterMs).unref()
  }
  const runLog: RunLog = {
    add: lines.add,
    begin: id => {
      if (id === null) return
      runId = id
      writeLater(firstWriteMs)
    },
  }
  try {
    return await keepingLog(lines.add, () => work(runLog))
  } finally {
    clearTimeout(timer)
    await writing
    clearTimeout(timer)
    await write()
  }
}
