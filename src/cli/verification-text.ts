import { visible } from '../core/visible.ts'
import type { Verification } from '../jobs/verify.ts'
import { type EventTable, singular } from '../pipeline/event-table.ts'
import type { Sport } from '../pipeline/sport.ts'
import { paint } from './paint.ts'

/** What was found below a watermark, as people read it. */
export function verificationText(verification: Verification, { events: { noun }, schedule }: Sport): string {
  const { stage, key, value, holes, first, unfinished, listed, provisional = [] } = verification
  const name = visible(`${stage} ${key} ${value}`)
  const only = `only stored ${noun} were checked.`
  const notes = [
    ...(listed
      ? []
      : [schedule ? `For a part of it no schedule is stored: there, ${only}` : `No schedule lists ${noun}: ${only}`]),
    ...(unfinished > 0
      ? [
          `${noun.slice(0, 1).toUpperCase()}${noun.slice(1)} that were not over when last asked for: ${unfinished}; the next daily run asks again.`,
        ]
      : []),
    ...(provisional.length > 0
      ? [`Provisional lines only, which are not counted as loaded: ${provisional.map(({ id }) => visible(id)).join(', ')}.`]
      : []),
  ]
  const found = first
    ? [
        `${name}: ${paint.red(holes === 1 ? '1 hole' : `${holes} holes`)}. ${holes === 1 ? 'It' : 'The first'} is ${singular[noun]} ${visible(first.id)} of ${first.day}, which ${visible(first.what)}.`,
        `  To fix it: ${visible(first.mend)}`,
      ]
    : [`${name}: ${paint.green('nothing is missing')}, ${coveredText(verification, noun, schedule ? 'listed' : 'stored')}.`]
  return [...found, ...notes.map(note => `  ${note}`)].join('\n')
}

function coveredText({ stage, from, value, games, listed }: Verification, noun: EventTable['noun'], which: string): string {
  if (stage !== 'schedule') return `${games} ${noun} checked`
  if (from === null || from > value) return 'because no run has loaded a day up to it'
  const count = `${games} ${listed ? '' : `${which} `}${noun}`
  return `${count} of ${from === value ? from : `${from} to ${value}`} checked`
}
