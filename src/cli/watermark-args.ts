import { Args } from '@oclif/core'

export const watermarkArgs = {
  stage: Args.string({ description: 'The job that moves it: schedule or backfill.', required: true }),
  key: Args.string({ description: 'Sport and season, e.g. daily:nba or nba:2024-25.', required: true }),
}
