import type { Sport } from '../pipeline/sport.ts'
import { nba } from './nba/index.ts'
import { nfl } from './nfl/index.ts'
import { racing } from './racing/index.ts'

export const sports: readonly Sport[] = [nba, nfl, racing]
