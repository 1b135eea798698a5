import type { Sport } from '../pipeline/contract.ts'
import { leaseOf, type WatermarkName } from '../store/watermarks.ts'
import { filesLease } from './import/season-watermark.ts'

/** The lease under which a watermark of a sport is moved: whoever holds it is alone at it. */
export const leaseOfWatermark = (sport: Sport, name: WatermarkName): string =>
  sport.loads === 'files' ? filesLease(sport) : leaseOf(name)
