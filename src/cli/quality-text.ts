import { visible } from '../core/visible.ts'
import type { RuleResult, SportQuality } from '../jobs/quality.ts'
import { type EventTable, singular } from '../pipeline/event-table.ts'
import { paint } from './paint.ts'

/** As many of a rule are shown to people. */
const shown = 3

/** How the stored rows of a sport stand, as people read it. */
export function qualityText(
  { sport, events, watermarks, openLetters, rules }: SportQuality,
  { noun }: Pick<EventTable, 'noun'>,
): string {
  if (events === 0 && rules.every(({ count }) => count === 0)) return `${sport}: nothing is stored yet.`
  const broken = rules.filter(({ count }) => count > 0)
  const held = `${rules.length - broken.length} of ${rules.length} rules hold for ${events} ${noun}`
  const head = `${sport}: ${broken.length === 0 ? paint.green(held) : held}.`
  const notes = [
    ...(watermarks === 0 ? ['No watermark is set, so nothing says which days are complete: that was not checked.'] : []),
    ...(openLetters > 0
      ? [
          `Dead letters that are open: ${openLetters}. What they name is not counted as missing; see sports-ingest dead-letters list.`,
        ]
      : []),
  ]
  const fix = broken.find(({ isFixable }) => isFixable)?.remedy
  return [
    head,
    ...notes.map(note => `  ${note}`),
    ...broken.map(rule => ruleText(rule, noun)),
    ...(fix ? [`  To load it again: ${visible(fix)}`] : []),
  ].join('\n')
}

function ruleText({ name, severity, means, count, items, remedy, isFixable }: RuleResult, noun: EventTable['noun']): string {
  const label = severity === 'error' ? paint.red('error') : paint.yellow('warning')
  const days = [...new Set(items.map(({ day }) => day ?? ''))].filter(Boolean).sort()
  const span = days.length === 0 ? '' : days.length === 1 ? ` of ${days[0]}` : ` of ${days[0]} to ${days.at(-1)}`
  const lines = items.slice(0, shown).map(({ id, day, what }) => {
    // A file is named with its dataset in parentheses: 2024 (player-stats).
    const which = id.endsWith(')') ? `file ${id}` : day ? `${singular[noun]} ${id} of ${day}` : id
    return `      ${visible(which)} ${visible(what)}`
  })
  const more = count > shown ? [`      and ${count - shown} more${span ? `; all are${span}` : ''}`] : []
  return [
    `  ${label} ${name}: ${count === 1 ? '1 finding' : `${count} findings`}. Rule: ${means}`,
    ...lines,
    ...more,
    ...(remedy && !isFixable ? [`    What to do: ${visible(remedy)}`] : []),
  ].join('\n')
}
