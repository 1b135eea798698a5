import { Args } from '@oclif/core'

export const watermarkArgs = {
  stage: Args.string({ description: 'schedule or backfill', required: true }),
  key: Args.string({ description: 'What it is of: daily:nba, nba:2024-25.', required: true }),
}
