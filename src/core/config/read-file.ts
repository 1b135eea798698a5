import { dirname } from 'node:path'
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'
import { didYouMean } from '../suggest.ts'
import { checkGiven, complaint, type Entry, type FileSource, placeOf } from './entry.ts'
import type { FoundFile } from './find-file.ts'
import type { Problem } from './problem.ts'
import type { Setting } from './setting.ts'
import { type JobKeys, jobName, ownVariables, settingsWith, variableName } from './settings.ts'

/** What the file sets, in its order of jobs, and everything that is wrong with it. */
export interface FileReading {
  entries: Entry[]
  /** Also where the file has mistakes, so that variables for its jobs are not taken for unknown ones. */
  jobs: JobKeys[]
  problems: Problem[]
  warnings: string[]
}

/** A mistake and where in the text it stands, in characters from its start. */
type Located = Problem & { offset: number }

/** Reads the file's text. This module brings yaml: load it only when there is a file. */
export function readFile({ path, text: read }: FoundFile): FileReading {
  // No editor counts it as a column.
  const text = read.replace(/^\uFEFF/, '')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const sourceAt = (offset: number): FileSource => {
    const { line, col } = lines.linePos(offset)
    return { kind: 'file', file: path, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const placed = (found: Located[]): Problem[] =>
    found.sort((a, b) => a.offset - b.offset).map(({ offset, ...problem }) => ({ place: placeOf(sourceAt(offset)), ...problem }))

  const warnings = document.warnings.map(warning => `${placeOf(sourceAt(warning.pos[0]))}: ${explain(warning)}.`)
  const itemsOf = (node: unknown) => {
    const map = behind(node, document)
    return isMap(map) ? map.items : []
  }
  const jobs = itemsOf(document.get('jobs')).map(pair => {
    const env = itemsOf(pair.value).find(one => keyOf(one) === 'env')
    return { name: keyOf(pair), env: itemsOf(env?.value).map(keyOf).filter(isVariable) }
  })
  const refused = (problems: Located[]): FileReading => ({ entries: [], jobs, problems: placed(problems), warnings })
  // After a mistake in the YAML itself the shape is a guess, and complaints about it would mislead.
  const broken = syntaxProblems(document).sort((a, b) => b.offset - a.offset)
  // The rest of a line that could not be read is noise: its first mistake is the last to enter here.
  const firstOfEachLine = new Map(broken.map(problem => [sourceAt(problem.offset).line, problem]))
  if (broken.length > 0) return refused([...firstOfEachLine.values()])
  try {
    // Whatever is a key.
    document.toJS({ maxAliasCount: 100, mapAsMap: true })
  } catch {
    return refused([{ offset: 0, message: 'The aliases of this file expand to too much.' }])
  }
  const settings = settingsWith(jobs.filter(({ name }) => jobName.test(name))).filter(setting => !setting.environmentOnly)
  const { entries, problems } = readSettings(document, settings, sourceAt)
  return { entries, jobs, problems: placed(problems), warnings }
}

/** What is wrong with the YAML itself. */
function syntaxProblems(document: Document): Located[] {
  const problems: Located[] = document.errors.map(error => ({ offset: error.pos[0], message: `${explain(error)}.` }))
  visit(document, {
    Alias(_, alias) {
      const hint = 'Text that begins with * needs quotes.'
      if (!alias.resolve(document))
        problems.push({ offset: alias.range?.[0] ?? 0, message: 'There is no anchor for this alias.', hint })
    },
  })
  return problems
}

/** yaml's own words, without the piece of the file that some of them end in: it may be a secret. */
function explain({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'The file must be one document; remove what begins at ---'
  const quoting = ['BAD_ALIAS', 'TAG_RESOLVE_FAILED', 'UNEXPECTED_TOKEN', 'BAD_DIRECTIVE', 'BAD_DQ_ESCAPE', 'BAD_COLLECTION_TYPE']
  const said = quoting.includes(code) ? message.replace(/(: | sequence | directive ).*$/s, '') : message
  return said.replace(/[.\s]+$/, '')
}

/**
 * Walks the document beside the settings. Mistakes are told in the words of who wrote the file; valid settings beside them are used,
 * because an unreadable secret is a mistake too, and all are reported at once.
 */
function readSettings(document: Document, settings: readonly Setting[], sourceAt: (offset: number) => FileSource) {
  const entries: Entry[] = []
  const problems: Located[] = []
  const dir = dirname(sourceAt(0).file)
  readSection(document.contents, [], document.contents?.range?.[0] ?? 0)
  return { entries, problems }

  function readSection(node: unknown, path: readonly string[], offset: number): void {
    const within = path.map(step => `${step}.`).join('')
    const inside = settings.filter(({ key }) => key.startsWith(within))
    const names = new Set(inside.map(({ key }) => key.slice(within.length).split('.')[0] ?? ''))
    if (path.length === 0) names.add('jobs')
    if (path.length === 2 && path[0] === 'jobs') names.add('env')
    const section = behind(node, document)
    // A section whose lines are all commented out reads as null, and means the defaults.
    const isEmpty = section === null || (isScalar(section) && section.value === null)
    if (isEmpty && !inside.some(setting => setting.required)) return
    if (!isMap(section)) {
      const what = path.length > 0 ? `${named(path)} must be a section` : 'The file must be a list of settings, "key: value"'
      const hint = path.length > 0 && names.size > 0 ? `It holds ${[...names].join(', ')}.` : undefined
      problems.push({ offset, message: `${what}.`, hint })
      return
    }
    const pairs = new Map(section.items.map(pair => [keyOf(pair), pair]))
    for (const name of names) readValue(pairs.get(name), [...path, name], offset)
    for (const [name, { key }] of pairs)
      if (!names.has(name)) problems.push({ offset: offsetOf(key) ?? offset, ...unknownKey(name, path, names) })
  }

  function readValue(pair: Pair | undefined, path: readonly string[], around: number): void {
    const offset = offsetOf(pair?.value) ?? offsetOf(pair?.key) ?? around
    const setting = settings.find(({ key }) => key === path.join('.'))
    if (!setting && pair) readSection(pair.value, path, offset)
    if (!setting || (!pair && !setting.required)) return
    const value = behind(pair?.value, document)
    const raw = isScalar(value) ? value.value : isSeq(value) ? value.toJS(document) : value
    const checked = pair ? checkGiven(setting.kind, raw, dir) : { problem: 'is missing' }
    if ('value' in checked) entries.push({ setting, value: checked.value, source: sourceAt(offset), dir })
    else {
      const item = isSeq(value) && 'item' in checked ? value.items[checked.item as number] : undefined
      problems.push({ offset: offsetOf(item) ?? offset, ...complaint(named(path), checked) })
    }
  }
}

/** A key that is no setting, or cannot name a job. */
function unknownKey(name: string, path: readonly string[], names: Iterable<string>): Problem {
  if (path.join() === 'jobs')
    return { message: `${named([name])} cannot name a job: letters, digits, - and _ can, a letter first.` }
  if (path.length === 3 && path[2] === 'env') {
    if (ownVariables.includes(name)) return { message: `${named([...path, name])} cannot be set: this program sets it.` }
    return { message: `${named([name])} cannot name a variable: letters, digits and _ can, no digit first.` }
  }
  if (name === '<<') {
    const hint = 'An anchor stands for a whole section; write the settings out that differ.'
    return { message: `Sections are not merged: there is no << ${path.length > 0 ? `in ${named(path)}` : 'here'}.`, hint }
  }
  const where = path.length > 0 ? `in ${named(path)}` : 'at the top of the file'
  return { message: `There is no setting called ${named([name])} ${where}.`, hint: didYouMean(name, names) }
}

/** Keys in a message. What is no name may be a misplaced value, perhaps a secret, and is not repeated. */
const named = (path: readonly string[]) =>
  path.map(key => (/^[\w.-]{1,60}$/.test(key) ? key : `a key of ${key.length} characters`)).join('.')

const isVariable = (name: string) => variableName.test(name) && !ownVariables.includes(name)

const keyOf = ({ key }: Pair) => String(isScalar(key) ? (key.value ?? '') : key)

/** What an alias stands for; any other node itself. */
const behind = (node: unknown, document: Document) => (isAlias(node) ? node.resolve(document) : node)

/** Where a node stands in the text; undefined where it takes up no room there. */
function offsetOf(node: unknown): number | undefined {
  const [start, end] = (isNode(node) && node.range) || [0, 0]
  return end > start ? start : undefined
}
