import { pick, type Random } from './random.ts'

const onsets = ['Br', 'D', 'F', 'G', 'J', 'K', 'L', 'M', 'N', 'R', 'S', 'T', 'V', 'Tr', 'Ch', 'Kr', 'Ad', 'El', 'Or', 'Is']
const middles = ['a', 'e', 'i', 'o', 'u', 'ai', 'ee', 'ora', 'eli', 'ami', 'uno', 'avi']
const firstEnds = ['n', 'l', 'r', 's', 'ko', 'mar', 'den', 'vin', 'ric', 'lo', 'das', 'né']
// No letter beyond U+00FF: a text with one takes twice the room, and files have megabytes of text.
const familyEnds = ['ston', 'wick', 'mere', 'dale', 'vík', 'sen', 'ford', 'mont', 'field', 'ley', 'quist', 'bank', 'rell', 'more']

/** A name put together from syllables. */
export const personName = (random: Random): { firstName: string; familyName: string } => ({
  firstName: pick(random, onsets) + pick(random, middles) + pick(random, firstEnds),
  familyName: pick(random, onsets) + pick(random, middles) + pick(random, familyEnds),
})
