/** From what says least of a game to what says most: a game that was moved is put off under one day and scheduled under another. */
const statuses = ['cancelled', 'postponed', 'scheduled', 'live', 'final']

/** One of several entries about one game: its status, undefined where it cannot be read, and its own text. */
interface Repeated {
  status: string | undefined
  text: string
}

/** Of two entries of one game the one of a result counts, and so on down; of two alike the one whose text comes last: never their order. */
export const countsInstead = (one: Repeated, other: Repeated): boolean =>
  rank(one) === rank(other) ? one.text > other.text : rank(one) > rank(other)

const rank = ({ status }: Repeated): number => statuses.indexOf(status ?? '')
