import { dirname } from 'node:path'
import { isMap, LineCounter, parseDocument } from 'yaml'
import { checkGiven, type Entry } from './entry.ts'
import { explain, firstOfEachLine, type Located, offsetOf, problemsOf, syntaxProblems } from './file-problems.ts'
import { fileSchema } from './file-schema.ts'
import type { FoundFile } from './find-file.ts'
import type { Problem } from './problem.ts'
import { valueAt } from './setting.ts'
import { settingsWith } from './settings.ts'

/** What the file sets, in its order of jobs, and everything that is wrong with it. */
export interface FileReading {
  entries: Entry[]
  /** Also where the file has mistakes, so that variables for its jobs are not taken for unknown ones. */
  jobNames: string[]
  problems: Problem[]
  warnings: string[]
}

/** Reads the file's text. This module brings yaml and zod: load it only when there is a file. */
export function readFile({ path, text }: FoundFile): FileReading {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const at = (offset: number) => `${path}:${placeOf(offset).line}:${placeOf(offset).column}`
  const warnings = document.warnings.map(warning => `${at(warning.pos[0])}: ${explain(warning)}.`)
  const placed = (found: Located[]): Problem[] =>
    found.sort((a, b) => a.offset - b.offset).map(({ offset, ...problem }) => ({ place: at(offset), ...problem }))

  const jobs = document.get('jobs')
  const refused = (problems: Problem[]): FileReading => {
    const jobNames = isMap(jobs) ? jobs.items.map(({ key }) => String(key)) : []
    return { entries: [], jobNames, problems, warnings }
  }
  // After a mistake in the YAML itself the shape is a guess, and complaints about it would mislead.
  const broken = syntaxProblems(document)
  if (broken.length > 0) return refused(placed(firstOfEachLine(broken, offset => placeOf(offset).line)))
  let content: unknown
  try {
    content = document.toJS({ maxAliasCount: 100 }) ?? {}
  } catch {
    return refused([{ place: at(0), message: 'The aliases of this file expand to too much.' }])
  }
  const dir = dirname(path)
  const checked = fileSchema(dir).safeParse(content)
  const problems = checked.success ? [] : placed(checked.error.issues.flatMap(issue => problemsOf(issue, document)))
  const jobNames = Object.keys(valueAt(content as object, ['jobs']) ?? {})
  // Valid settings beside a mistake are used: an unreadable secret is a mistake too, and all are reported at once.
  const entries = settingsWith(jobNames).flatMap((setting): Entry[] => {
    const steps = setting.key.split('.')
    const raw = valueAt(content as object, steps)
    const given = raw === undefined ? undefined : checkGiven(setting.kind, raw, dir)
    return given && 'value' in given
      ? [{ setting, value: given.value, source: { kind: 'file', file: path, ...placeOf(offsetOf(document, steps)) }, dir }]
      : []
  })
  return { entries, jobNames, problems, warnings }
}
