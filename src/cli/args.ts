import { Args } from '@oclif/core'
import { UsageError } from '../core/errors.ts'

export const watermarkArgs = {
  stage: Args.string({ description: 'The job that moves it: schedule or backfill; job for one of your own.', required: true }),
  key: Args.string({ description: 'Sport and season, e.g. daily:nba or nba:2024-25; the name of the job.', required: true }),
}

/** One id. */
export const idArg = (description: string) => Args.integer({ description, required: true, min: 1, max: Number.MAX_SAFE_INTEGER })

/** Ids as dead-letters list shows them. */
export const letterIds = (required: boolean) =>
  Args.custom<number>({
    description: 'As dead-letters list shows them.',
    required,
    multiple: true,
    parse: async text => {
      const id = /^\d{1,15}$/.test(text) ? Number(text) : 0
      if (id === 0)
        throw new UsageError(`${text} is not the id of a dead letter.`, {
          hint: text.includes(',') ? 'Separate ids by spaces.' : 'See sports-ingest dead-letters list.',
        })
      return id
    },
  })()

/** oclif returns a list, though its type is a single value. */
export const toIds = (given: unknown): number[] => [...new Set([given ?? []].flat() as number[])]

/** oclif would read an argument that is missing from stdin, which a script may be reading from itself (`while read`). */
export function withoutStdin<Command extends { args: object }>(command: Command): Command {
  for (const arg of Object.values(command.args)) Object.assign(arg, { ignoreStdin: true })
  return command
}
