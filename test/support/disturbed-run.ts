import { type CliProcess, startCli } from './cli.ts'
import { halted } from './until.ts'

export type Environment = Record<string, string | undefined>

/** A run that is killed at the end of the scope: a halted process would outlive a failed test. */
export type DisturbedRun = CliProcess & AsyncDisposable

/** Starts a command that is going to be disturbed. */
export function startDisturbed(words: readonly string[], env: Environment): DisturbedRun {
  const run = startCli(words, { LOG_LEVEL: 'warn', ...env })
  return {
    ...run,
    [Symbol.asyncDispose]: async () => {
      run.child.kill('SIGKILL')
      await run.done
    },
  }
}

/** Starts it and waits until it has halted at a step of core/steps.ts. */
export async function haltDisturbed(words: readonly string[], env: Environment, step: string): Promise<DisturbedRun> {
  const run = startDisturbed(words, { ...env, SPORTS_INGEST_STEP: `stop:${step}` })
  await halted(run.pid)
  return run
}

/** The address of a database, under which a run's sessions can be told from others: `application_name` is `disturbed`. */
export function named(url: string): string {
  const address = new URL(url)
  address.searchParams.set('application_name', 'disturbed')
  return address.href
}
