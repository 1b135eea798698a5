import { ConfigError } from '../../core/errors.ts'

/** What became of a crontab. */
export type Change = 'installed' | 'replaced' | 'unchanged' | 'removed' | 'absent'

/**
 * A crontab with the lines between markers, in the place of those between the same markers. New ones stand at its top, so that no variable
 * which it sets for other lines (SHELL, PATH, CRON_TZ) concerns them. Everything else stays as it is.
 * @param crontab its bytes as latin1, whatever encoding it has
 * @param name of the installation, which its markers end in
 */
export function putBlock(crontab: string, name: string, lines: readonly string[]): { text: string; change: Change } {
  const [begin, end] = markers(name)
  const block = Buffer.from([begin, ...lines, end, ''].join('\n')).toString('latin1')
  const found = findBlock(crontab, name)
  if (!found) return { text: `${block}${crontab}`, change: 'installed' }
  const text = `${crontab.slice(0, found.from)}${block}${crontab.slice(found.to)}`
  return { text, change: text === crontab ? 'unchanged' : 'replaced' }
}

export function removeBlock(crontab: string, name: string): { text: string; change: Change } {
  const found = findBlock(crontab, name)
  if (!found) return { text: crontab, change: 'absent' }
  return { text: crontab.slice(0, found.from) + crontab.slice(found.to), change: 'removed' }
}

/** The installations that have lines in a crontab. */
export const namesIn = (crontab: string): string[] =>
  [...crontab.matchAll(/^[ \t]*# BEGIN sports-ingest (.*)$/gm)].map(([, name = '']) =>
    Buffer.from(name, 'latin1').toString().trim(),
  )

/** Two data directories are two installations, though they share a settings file. */
export const nameOf = (file: string, dataDir: string | undefined): string => (dataDir ? `${file}${withData}${dataDir}` : file)

/** The settings file that an installation has. */
export const fileOf = (name: string): string => name.split(withData)[0] ?? name

const withData = ' with data in '

const markers = (name: string) => [`# BEGIN sports-ingest ${name}`, `# END sports-ingest ${name}`] as const

/** @throws ConfigError where a marker is missing or there are several */
function findBlock(crontab: string, name: string): { from: number; to: number } | undefined {
  const [begin, end] = markers(name).map(marker => Buffer.from(marker).toString('latin1').trim())
  let from: number | undefined
  let block: { from: number; to: number } | undefined
  let beginLine = 0
  let at = 0
  for (const [i, line] of crontab.split('\n').entries()) {
    const to = Math.min(at + line.length + 1, crontab.length)
    const marker = line.trim()
    if (marker === begin) {
      if (from !== undefined || block) throw damaged(i + 1, marker, `and so does line ${beginLine}`)
      from = at
      beginLine = i + 1
    } else if (marker === end) {
      if (from === undefined) throw damaged(i + 1, marker, 'and no line before it begins it')
      block = { from, to }
      from = undefined
    } else if (from !== undefined && isMarker(marker))
      throw damaged(i + 1, marker, `between those of line ${beginLine} and its end`)
    at = to
  }
  if (from !== undefined) throw damaged(beginLine, begin ?? '', 'and no line after it ends it')
  return block
}

/** Of whichever installation: what is between would go with these lines. */
const isMarker = (line: string): boolean => /^# (BEGIN|END) sports-ingest /.test(line)

const damaged = (line: number, marker: string, why: string) =>
  new ConfigError(`Line ${line} of the crontab says "${Buffer.from(marker, 'latin1')}", ${why}. Nothing was changed.`, {
    hint: 'Mend it by hand (crontab -e): remove the lines of sports-ingest with their markers, then install again.',
  })
