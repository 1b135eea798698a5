import type { FileSource } from '../../pipeline/dataset.ts'
import { nflverse, releasePath } from '../../providers/nflverse.ts'

/** A release file: packed, which is a fifth of the bytes, or as it is where only that was published. */
export const packed = (file: string): FileSource[] =>
  ['.csv.gz', '.csv'].map(ending => ({ provider: nflverse.id, path: releasePath(`${file}${ending}`) }))
