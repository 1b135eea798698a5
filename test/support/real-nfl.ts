import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { sharedFolder } from './shared-data.ts'

const folder = join(sharedFolder ?? '', 'data', 'nfl')

/** A file of the real payloads, unpacked. */
export function realFile(path: string): string {
  const raw = readFileSync(join(folder, path))
  return (path.endsWith('.gz') ? gunzipSync(raw) : raw).toString()
}

interface Route {
  url?: string
  file: string
  sequence?: number
}

/** Release files by their names, without the ending: those that are served as they are now. */
export function listReleaseFiles(): Map<string, string> {
  const { routes } = JSON.parse(readFileSync(join(folder, 'routes.json'), 'utf8')) as { routes: Route[] }
  const found = new Map<string, string>()
  for (const { url = '', file } of routes) {
    const name = /\/(releases\/download|nflfastR-data\/master\/data)\/(.+?)\.csv(\.gz)?$/.exec(url)
    if (name && !file.startsWith('captures/'))
      found.set(name[1]?.startsWith('nflfastR') ? `former/${name[2]}` : (name[2] as string), file)
  }
  return found
}

const fieldPattern = /("(?:[^"]|"")*"|[^,]*)(?:,|$)/g

function fieldsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',')
  const fields: string[] = []
  for (const [whole, field = ''] of line.matchAll(fieldPattern)) {
    fields.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field)
    if (!whole.endsWith(',')) break
  }
  return fields
}

/** Reads CSV in the plainest way, to have a second opinion: each record as a function from a column's name to its field. */
export function* readRecords(text: string): Generator<(name: string) => string> {
  let columns: Map<string, number> | undefined
  let begun = ''
  for (const line of text.replace(/^\uFEFF/, '').split('\n')) {
    begun = begun ? `${begun}\n${line}` : line
    if (begun.includes('"') && begun.split('"').length % 2 === 0) continue
    const fields = fieldsOf(begun.replace(/\r$/, ''))
    begun = ''
    if (fields.length === 1 && fields[0] === '') continue
    if (!columns) columns = new Map(fields.map((name, i) => [name, i]))
    else {
      const places = columns
      yield name => fields[places.get(name) ?? -1] ?? ''
    }
  }
}
