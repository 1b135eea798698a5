/** The player statistics of ESPN's box score, by its own names (summaries of 2023 to 2025), and the columns they are stored in. */

export interface Cell {
  /** Two where one cell holds two numbers: `13/22`, `1-9`. */
  columns: readonly string[]
  /** Whole numbers, or a number that may have a fraction. */
  kind: 'whole' | 'real'
  /** A count or a sum of yards. The others follow from these, and some summaries leave them out or say `--`. */
  required: boolean
}

/**
 * By group, ESPN's keys in the order of their columns. Whole numbers, but for those with `~`, which may have a fraction; `?` stands behind
 * what a summary may leave out. Two players may share a sack or a tackle: 0.5.
 */
const keys = {
  // The yards lost by sacks are positive here, negative in nflverse's files.
  passing: `completions/passingAttempts passingYards yardsPerPassAttempt~? passingTouchdowns interceptions sacks-sackYardsLost
    adjQBR~? QBRating~?`,
  rushing: 'rushingAttempts rushingYards yardsPerRushAttempt~? rushingTouchdowns longRushing?',
  receiving: 'receptions receivingYards yardsPerReception~? receivingTouchdowns longReception? receivingTargets',
  fumbles: 'fumbles fumblesLost fumblesRecovered',
  defensive: 'totalTackles soloTackles sacks~ tacklesForLoss~ passesDefended QBHits defensiveTouchdowns',
  interceptions: 'interceptions interceptionYards interceptionTouchdowns',
  kickReturns: 'kickReturns kickReturnYards yardsPerKickReturn~? longKickReturn? kickReturnTouchdowns',
  puntReturns: 'puntReturns puntReturnYards yardsPerPuntReturn~? longPuntReturn? puntReturnTouchdowns',
  kicking: `fieldGoalsMade/fieldGoalAttempts fieldGoalPct~? longFieldGoalMade? extraPointsMade/extraPointAttempts
    totalKickingPoints`,
  punting: 'punts puntYards grossAvgPuntYards~? touchbacks puntsInside20 longPunt?',
}

/** Of two groups that use one name for different things, the passer's has `passing_` before it. */
const ofPasser = new Set(['interceptions', 'sacks'])

/** `QBRating` → `qb_rating`, `puntsInside20` → `punts_inside_20` */
function columnOf(group: string, name: string): string {
  const column = name.replaceAll(/(?<=[a-z])(?=[A-Z\d])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_').toLowerCase()
  return group === 'passing' && ofPasser.has(name) ? `passing_${column}` : column
}

function toCell(group: string, written: string): [string, Cell] {
  const key = written.replace(/[~?]+$/, '')
  const columns = key.split(/[/-]/).map(name => columnOf(group, name))
  return [key, { columns, kind: written.includes('~') ? 'real' : 'whole', required: !written.endsWith('?') }]
}

/** By group and key. */
export const boxScoreCells: ReadonlyMap<string, ReadonlyMap<string, Cell>> = new Map(
  Object.entries(keys).map(([group, text]) => [group, new Map(text.split(/\s+/).map(written => toCell(group, written)))]),
)

const cells = [...boxScoreCells.values()].flatMap(group => [...group.values()])

export const wholeColumns: readonly string[] = cells.flatMap(({ kind, columns }) => (kind === 'whole' ? columns : []))
export const realColumns: readonly string[] = cells.flatMap(({ kind, columns }) => (kind === 'real' ? columns : []))

/** Throws a PayloadError that says which summary has the problem. */
export type Fail = (problem: string) => never

/** The columns of a cell and their values; nothing known of it is null. */
export function readCell({ columns, kind }: Cell, text: string, fail: Fail): Record<string, number | null> {
  if (text === '' || text === '--') return Object.fromEntries(columns.map(column => [column, null]))
  const parts = columns.length === 1 ? [text] : (/^(\d+)[/-](-?\d+)$/.exec(text)?.slice(1) ?? [])
  if (parts.length !== columns.length) fail(`expected two numbers, received ${JSON.stringify(text)}`)
  const [form, words] = kind === 'whole' ? [/^-?\d+$/, 'a whole number'] : [/^-?\d+(\.\d+)?$/, 'a number']
  return Object.fromEntries(
    columns.map((column, i) => {
      const part = parts[i] as string
      if (!form.test(part) || Math.abs(Number(part)) > largest) fail(`expected ${words}, received ${JSON.stringify(part)}`)
      return [column, Number(part)]
    }),
  )
}

const largest = 2 ** 31 - 1
