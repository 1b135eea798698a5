import type { z } from 'zod'

/** The first thing wrong with a payload, with its path: `homeTeam.players.3.personId: expected int, received string`. */
export function firstProblem(error: z.ZodError): string {
  const [issue] = error.issues
  if (!issue) return 'nothing is known'
  return `${issue.path.join('.') || 'the payload'}: ${issue.message.replace(/^Invalid input: /, '')}`
}
