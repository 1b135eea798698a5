import { type Cadence, type Dataset, type FileDataset, isFile, type RequestDataset } from '../../pipeline/dataset.ts'
import type { Sport } from '../../pipeline/sport.ts'
import { filesLease } from '../../pipeline/watermark-names.ts'
import type { JobSpec } from '../job.ts'

/** Datasets that a job asks for, by how they are read. */
export interface Chosen {
  requests: RequestDataset[]
  files: FileDataset[]
}

export const byReading = (datasets: readonly Dataset[]): Chosen => ({
  requests: datasets.filter(one => one.read === 'requests'),
  files: datasets.filter(isFile),
})

/** Names of some datasets of a sport, and of the one that its schedule is. */
export const namesOf = ({ schedule }: Sport, datasets: readonly Dataset[]): string[] => [
  ...(schedule ? [schedule.dataset] : []),
  ...datasets.map(({ name }) => name),
]

/** Names of what its live feed has. */
export const liveNamesOf = ({ live }: Sport): string[] =>
  live ? [...new Set([live.dataset, ...live.datasets.map(({ name }) => name)])] : []

/** Whether a dataset is among those that are named, or none is. */
export const isWanted = (only: readonly string[], name: string): boolean => only.length === 0 || only.includes(name)

/** The datasets of a sport that are asked for so often: all of them, or those that are named. */
export const chooseDatasets = ({ datasets }: Sport, often: Cadence, only: readonly string[]): Dataset[] =>
  datasets.filter(({ name, cadence }) => cadence.includes(often) && isWanted(only, name))

/** The leases of a job that makes requests, reads files, or both, and what its receipt counts. */
export const leasesFor = (
  { id, events }: Sport,
  { hasRequests, hasFiles }: { hasRequests: boolean; hasFiles: boolean },
  ofRequests: readonly string[],
): Pick<JobSpec, 'leases' | 'nouns'> => ({
  leases: [...(hasRequests ? ofRequests : []), ...(hasFiles ? [filesLease(id)] : [])],
  nouns: hasRequests ? [events.noun] : [],
})
