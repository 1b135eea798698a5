import { StoppedError } from '../core/errors.ts'

/** The hint after a stopped backfill: the same command line, without --restart if that was done already. */
export function howToGoOn(
  error: unknown,
  words: readonly string[],
  { dryRun, hasBegun }: { dryRun: boolean; hasBegun: boolean },
): unknown {
  if (!(error instanceof StoppedError)) return error
  const again = words.filter(word => !(hasBegun && word === '--restart'))
  const quoted = again.map(word => (/^[\w./:=,@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
  const hint = dryRun
    ? 'Nothing was written.'
    : `What was committed stays; resume with: sports-ingest schedule backfill ${quoted.join(' ')}`
  return new StoppedError(error.signal, { hint, cause: error })
}
