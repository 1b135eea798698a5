import { statsFunctions } from './functions.ts'
import { computedSource, type StatsSport } from './lines.ts'

/** What the functions say of a sport, as a query of its own tables for each of theirs. */
export const selectsOf = (sport: StatsSport): string[] =>
  statsFunctions.flatMap(fn => {
    const { prelude, rows } = fn.statement(computedSource(sport), sport)
    return rows.map(select => `with ${prelude.join(', ')} ${select}`)
  })
