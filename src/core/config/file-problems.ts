import { type Document, isAlias, isMap, isNode, type Node, type Pair, visit, type YAMLError } from 'yaml'
import type { z } from 'zod'
import { didYouMean } from '../suggest.ts'
import { complaint, namedKey } from './entry.ts'
import type { Problem } from './problem.ts'
import { jobSettings, settings } from './settings.ts'

/** A mistake and where in the text it stands, in characters from its start. */
export type Located = Problem & { offset: number }

/** What is wrong with the YAML itself. */
export function syntaxProblems(document: Document): Located[] {
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

/** The rest of a line that could not be read is noise. */
export function firstOfEachLine(problems: Located[], lineOf: (offset: number) => number): Located[] {
  const first = new Map<number, Located>()
  for (const problem of problems.sort((a, b) => b.offset - a.offset)) first.set(lineOf(problem.offset), problem)
  return [...first.values()]
}

/** What the schema has to say, in the words of who wrote the file. */
export function problemsOf(issue: z.core.$ZodIssue, document: Document): Located[] {
  const key = issue.path.map(step => namedKey(String(step))).join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(unknown => {
      const hint = didYouMean(unknown, keysOf(issue.path))
      const where = key ? `in ${key}` : 'at the top of the file'
      return {
        offset: offsetOf(document, [...issue.path, unknown], 'key'),
        message: `There is no setting called ${namedKey(unknown)} ${where}.`,
        ...(hint && { hint }),
      }
    })
  }
  if (issue.code === 'custom') {
    const hint = issue.params?.['hint'] as string | undefined
    return [{ offset: offsetOf(document, issue.path), ...complaint(key, { problem: issue.message, ...(hint && { hint }) }) }]
  }
  if (issue.code === 'invalid_key') {
    const name = namedKey(String(issue.path.at(-1)))
    return [
      { offset: offsetOf(document, issue.path, 'key'), message: `${name} cannot name a job: letters, digits, - and _ can.` },
    ]
  }
  const hint = `It holds ${keysOf(issue.path).join(', ')}.`
  const what = key ? `${key} must be a section` : 'The file must be a list of settings, "key: value"'
  return [{ offset: offsetOf(document, issue.path), message: `${what}.`, ...(key && key !== 'jobs' && { hint }) }]
}

/** The keys that may stand in a section. */
function keysOf(path: readonly PropertyKey[]): string[] {
  const inJob = path[0] === 'jobs' && path.length === 2
  const within = inJob ? '' : path.map(step => `${String(step)}.`).join('')
  const keys = (inJob ? jobSettings : settings).filter(({ key, environmentOnly }) => !environmentOnly && key.startsWith(within))
  const names = new Set(keys.map(({ key }) => key.slice(within.length).split('.')[0] ?? ''))
  return path.length === 0 ? [...names, 'jobs'] : [...names]
}

/** Where a value stands in the text (or its key), or the nearest thing around it that has a place. */
export function offsetOf(document: Document, steps: readonly PropertyKey[], which?: 'key'): number {
  let node: Node | null | undefined = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const [index, step] of steps.entries()) {
    if (isAlias(node)) node = node.resolve(document)
    const pair: Pair | undefined = isMap(node)
      ? node.items.find(({ key }) => isNode(key) && String(key) === String(step))
      : undefined
    if (!pair) return offset
    if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset
    node = isNode(pair.value) ? pair.value : undefined
    const wantsKey = which === 'key' && index === steps.length - 1
    if (!wantsKey && node?.range && node.range[1] > node.range[0]) offset = node.range[0]
  }
  return offset
}

/** yaml's own words, without the piece of the file that some of them end in: it may be a secret. */
export function explain({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'The file must be one document; remove what begins at ---'
  const quoting = ['BAD_ALIAS', 'TAG_RESOLVE_FAILED', 'UNEXPECTED_TOKEN', 'BAD_DIRECTIVE', 'BAD_DQ_ESCAPE', 'BAD_COLLECTION_TYPE']
  const said = quoting.includes(code) ? message.replace(/(: | sequence | directive ).*$/s, '') : message
  return said.replace(/[.\s]+$/, '')
}
