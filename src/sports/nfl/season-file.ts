import type { FileDataset, FileSource } from '../../pipeline/dataset.ts'
import type { FileShape } from '../../pipeline/files/columns.ts'
import { bySeason } from '../../pipeline/seasons.ts'
import { nflverse, releasePath } from '../../providers/nflverse.ts'

/** A release file: packed, which is a fifth of the bytes, or as it is where only that was published. */
export const packed = (file: string): FileSource[] =>
  ['.csv.gz', '.csv'].map(ending => ({ provider: nflverse.id, path: releasePath(`${file}${ending}`) }))

/** A dataset with a file for each season from a year on, as daily runs load it. */
export const seasonFile = (
  name: string,
  since: number,
  sources: (season: string) => FileSource[],
  rows: FileShape,
  more: Partial<Pick<FileDataset, 'coverage' | 'mayBeMissing'>> = {},
): FileDataset => ({
  name,
  read: 'file',
  cadence: ['daily'],
  units: bySeason(since),
  sources: ({ season = '' }) => sources(season),
  content: { rows },
  coverage: [],
  ...more,
})
