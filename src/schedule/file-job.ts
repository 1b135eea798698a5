import type { ISql } from 'postgres'
import type { JobConfig } from '../core/config/config.ts'
import { IngestError } from '../core/errors.ts'
import type { Receipt } from '../pipeline/receipt.ts'
import type { Lease } from '../store/leases.ts'

/** A job of the settings file. */
export type FileJob = JobConfig & { name: string }

/** What a job of the file has come to. */
export interface FileJobEnd {
  receipts: Receipt[]
  failures: number
  /** What the ledger says, where that does not follow from the failures. */
  status?: 'done' | 'failed' | 'stopped'
  /** Why it failed, in lines that a person reads. */
  errors: Error[]
  /** What the ledger keeps of it, where that is not the errors. */
  message?: string
  /** What else a person is told. */
  notes?: string[]
  /** Its occurrence was ended already, in the transaction of the run. */
  isWritten?: boolean
}

/** A job that runs under its lease, for a due time. */
export interface HeldJob {
  lease: Lease
  dueAt: Date
  /** Ends the occurrence in the caller's transaction, as `end` says. @throws BusyError where the lease is another process's by now */
  finish(tx: ISql, end: FileJobEnd): Promise<void>
}

/** How a run of it is different from the usual one. */
export interface FileJobOptions {
  sandbox: boolean
  /** Missing where nothing is to be written. */
  held?: HeldJob
}

/** An error as the ledger keeps it. */
export const reasonOf = (error: Error): string =>
  error instanceof IngestError && error.hint ? `${error.message} ${error.hint}` : error.message

const lastLinesAre = '\nLast lines:\n'

/** What the ledger says of a run, with the last lines of its output. */
export const withLastLines = (words: string, lines: readonly string[]): string =>
  lines.length > 0 ? `${words}${lastLinesAre}${lines.join('\n')}` : words

/** The words of the ledger without the lines, and these. */
export function splitLastLines(message: string | null): { words: string; lines: string[] } {
  const [words = '', lines] = (message ?? '').split(new RegExp(`${lastLinesAre}(.*)`, 's'))
  return { words, lines: lines === undefined ? [] : lines.split('\n') }
}

export const lastLinesOf = (message: string | null): string[] => splitLastLines(message).lines
