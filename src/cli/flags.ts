import { Flags } from '@oclif/core'
import { type Day, parseDay } from '../core/days.ts'
import { UsageError } from '../core/errors.ts'

export const sandboxFlag = {
  sandbox: Flags.boolean({
    summary: 'Use simulated providers and a separate database.',
    description: 'No network, no account; simulated rows never mix with real ones.',
  }),
}

/** Those, with faults on request: for commands that ask providers. */
export const faultySandboxFlags = {
  ...sandboxFlag,
  'sandbox-faults': Flags.string({
    summary: 'Faults of the simulated providers: 429,500,reset,truncate,html,hang,slow.',
    dependsOn: ['sandbox'],
    helpValue: '429,500',
  }),
}

/** A civil day that exists. */
export const dayFlag = Flags.custom<Day>({
  helpValue: 'YYYY-MM-DD',
  parse: async text => {
    const day = parseDay(text)
    if (!day) throw new UsageError(`There is no day ${text}.`, { hint: 'Give one as YYYY-MM-DD, e.g. 2025-01-15.' })
    return day
  },
})

/** A flag that may be given several times, with one value each. */
export const listFlag = (summary: string, helpValue: string, more: { dependsOn?: string[] } = {}) =>
  Flags.string({ summary, multiple: true, multipleNonGreedy: true, helpValue, ...more })

/** Flags of commands that run jobs. */
export const sportsFlag = {
  sport: Flags.string({ summary: 'Sports to load; all enabled ones by default.', multiple: true, helpValue: 'nba' }),
}

export const dryRunFlag = Flags.boolean({ summary: 'Do everything except the commit; show what would change.' })

export const limitFlag = {
  limit: Flags.integer({ summary: 'How many to show.', default: 20, min: 1, max: 1000 }),
}

/** Examples of a command: what they do, and the words behind its name. */
export const examplesOf = (examples: Record<string, string>) =>
  Object.entries(examples).map(([description, words]) => ({
    description,
    command: `<%= config.bin %> <%= command.id %> ${words}`.trim(),
  }))
