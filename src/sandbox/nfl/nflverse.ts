import { gzipSync } from 'node:zlib'
import { hourMs, minuteMs } from '../eastern.ts'
import { keepLatest } from '../keep.ts'
import { type Answer, fileAnswer, redirectAnswer, type SimulatedProvider, textAnswer } from '../provider.ts'
import { createLeague } from './league.ts'
import { createReleaseFiles, type Edition, findEdition } from './release-files.ts'

const releases = '/nflverse/nflverse-data/releases/download/'
const storageHost = 'release-assets.githubusercontent.com'
const assets = '/github-production-release-asset/'

// A backfill asks for some files of a few seasons; the largest have 11 MB unpacked.
const keptFiles = 12
const keptYears = 40

/**
 * Simulated github.com with the release files of nflverse: like the real one it sends the client on to a storage host, to an address
 * that holds for an hour. A file changes when it is written anew: stats the night after a game and again with corrections.
 */
export function createSimulatedNflverse(seed: number, league = createLeague(seed)): SimulatedProvider {
  const files = createReleaseFiles(league)
  const changes = keepLatest(keptYears, (key: string) => {
    const [kind = '', year] = key.split(' ')
    return files.get(kind)?.changesOf(Number(year)) ?? []
  })
  const remembering = new Map(
    [...files].map(([kind, file]) => [kind, { ...file, changesOf: (year: number) => changes(`${kind} ${year}`) }]),
  )

  const contents = keepLatest(keptFiles, (key: string): Answer => {
    const { kind, year, writtenAt, packed } = JSON.parse(key) as Edition
    const body = files.get(kind)?.make(year, writtenAt) ?? Buffer.alloc(0)
    // Stored, not compressed: 20 MB over loopback take a tenth of the time.
    return fileAnswer(packed ? gzipSync(body, { level: 0 }) : body)
  })

  return {
    id: 'nflverse',
    host: 'github.com',
    missing: () => textAnswer(404, 'Not Found'),
    answer(path, _query, now) {
      if (!path.startsWith(releases)) return undefined
      const name = path.slice(releases.length)
      if (!findEdition(remembering, name, now.getTime())) return undefined
      const minute = now.getTime() - (now.getTime() % minuteMs)
      return redirectAnswer(`/${storageHost}${assets}${name}?se=${encodeURIComponent(new Date(minute + hourMs).toISOString())}`)
    },
    storage: {
      host: storageHost,
      missing: () => textAnswer(404, 'The specified blob does not exist.'),
      answer(path, query, now) {
        if (!path.startsWith(assets)) return undefined
        if (!(now.getTime() <= Date.parse(query.get('se') ?? '')))
          return textAnswer(403, 'Server failed to authenticate the request.')
        const edition = findEdition(remembering, path.slice(assets.length), now.getTime())
        return edition && contents(JSON.stringify(edition))
      },
    },
  }
}
