import { Args } from '@oclif/core'

export const watermarkArgs = {
  stage: Args.string({ description: 'Which job sets it: schedule or backfill.', required: true }),
  key: Args.string({ description: 'What it is of, e.g. daily:nba or nba:2024-25.', required: true }),
}
