import { type DeadLetter, discardDeadLetters } from '../store/dead-letters.ts'
import type { Job } from './job.ts'

/**
 * Discards those of some open dead letters whose days nobody has any more (`reach` of their dataset): no run would ever ask for them again.
 * Each is a finding of the run.
 * @returns the others
 */
export async function discardOutOfReach(
  { app, run, sport, today, receipt }: Job,
  letters: readonly DeadLetter[],
): Promise<DeadLetter[]> {
  const why = ({ dataset, day }: DeadLetter): string | undefined => {
    const found = sport.datasets.find(({ name }) => name === dataset)
    const reach = found?.read === 'requests' ? found.reach?.(today) : undefined
    return reach && day < reach.from ? `${dataset} of ${day} can no longer be had: ${reach.why}.` : undefined
  }
  const gone = letters.filter(letter => why(letter) !== undefined)
  if (gone.length === 0 || run.id === null) return [...letters]
  const at = app.clock.now()
  await run.commit(async tx => {
    for (const [reason, some] of Map.groupBy(gone, letter => why(letter) ?? ''))
      await discardDeadLetters(tx, { ids: some.map(({ id }) => id), by: 'sports-ingest', reason, at })
  })
  for (const letter of gone) {
    const message = `Dead letter ${letter.id} is discarded: ${why(letter)}`
    receipt.findings.push({ item: letter.item, check: 'out-of-reach', message })
  }
  return letters.filter(letter => !gone.includes(letter))
}
