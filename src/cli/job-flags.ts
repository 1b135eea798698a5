import { Flags } from '@oclif/core'

/** Flags of commands that run jobs. */
export const sportsFlag = {
  sport: Flags.string({ summary: 'Sports to load; all enabled ones by default.', multiple: true, helpValue: 'nba' }),
}

export const dryRunFlag = Flags.boolean({ summary: 'Do everything except the commit; show what would change.' })
