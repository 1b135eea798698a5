import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** High to low. A file imports from its own folder or from lines below; neighbours on one line do not know each other. */
const layers = [
  ['commands'],
  ['cli', 'web'],
  ['alerts', 'health'],
  ['schedule'],
  ['jobs'],
  ['app.ts'],
  ['stats'],
  ['sports'],
  ['pipeline'],
  ['providers', 'sandbox'],
  ['http', 'store', 'queue'],
  ['core'],
]

/**
 * Every import in a source folder (static, dynamic, re-export, of types too) that goes up, sideways, or from one sport to
 * another: `store/runs.ts imports pipeline/receipt.ts, which is above it`.
 */
export function wrongImports(folder: string): string[] {
  return globSync('**/*.ts', { cwd: folder })
    .sort()
    .flatMap(file => importsOf(folder, file).flatMap(target => complaint(file, target) ?? []))
}

/**
 * The shortest import cycle through each source file that is in one, type-only imports included, shortest first:
 * `a.ts → b.ts → a.ts`.
 */
export function importCycles(folder: string): string[] {
  const imports = new Map(globSync('**/*.ts', { cwd: folder }).map(file => [file, importsOf(folder, file)]))
  const cycles = [...imports.keys()].sort().flatMap(file => {
    const cycle = shortestCycle(file, imports)
    return cycle ? [startAtFirstName(cycle)] : []
  })
  const byLength = cycles.sort((a, b) => a.length - b.length).map(files => [...files, files[0]].join(' → '))
  return [...new Set(byLength)]
}

/** The files of the shortest way from a file back to itself, breadth first; undefined where there is none. */
function shortestCycle(file: string, imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const seen = new Set<string>()
  let paths = [[file]]
  while (paths.length > 0) {
    const longer: string[][] = []
    for (const path of paths)
      for (const target of imports.get(path.at(-1) ?? '') ?? []) {
        if (target === file) return path
        if (!seen.has(target)) longer.push([...path, target])
        seen.add(target)
      }
    paths = longer
  }
  return undefined
}

/** The same cycle, found from another of its files, is written the same way. */
function startAtFirstName(cycle: readonly string[]): string[] {
  const start = cycle.indexOf([...cycle].sort()[0] ?? '')
  return [...cycle.slice(start), ...cycle.slice(0, start)]
}

/** The files of ours that a file imports, from `folder`. */
function importsOf(folder: string, file: string): string[] {
  const text = readFileSync(join(folder, file), 'utf8').replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"`](\.[^'"`]*)['"`]/g)]
    .map(([, target = '']) => relative(folder, resolve(folder, dirname(file), target)))
    .filter(target => !target.startsWith('..'))
}

function complaint(file: string, target: string): string | undefined {
  const [own, other] = [place(file), place(target)]
  const says = (why: string) => `${file} imports ${target}, ${why}`
  if (own.layer === -1) return `${file} is in no known layer`
  if (other.layer === -1) return says('which is in no known layer')
  if (other.layer < own.layer) return says('which is above it')
  if (other.layer === own.layer && other.name !== own.name) return says('which is its neighbour')
  if (own.sport && other.sport && own.sport !== other.sport) return says('which is another sport')
  return undefined
}

function place(file: string): { layer: number; name: string; sport: string | undefined } {
  const [name = '', second, third] = file.split('/')
  return { name, layer: layers.findIndex(line => line.includes(name)), sport: name === 'sports' && third ? second : undefined }
}
