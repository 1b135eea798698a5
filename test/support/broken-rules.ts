import type { SportQuality } from '../../src/jobs/quality.ts'
import { runCli } from './cli.ts'

/** The rules of a sport that stored rows break, with the number of findings. */
export async function brokenRules(sport: string, env: Record<string, string>): Promise<Record<string, number>> {
  const { stdout, stderr } = await runCli(['quality', '--sport', sport, '--json'], env)
  const { sports } = JSON.parse(stdout) as { sports?: SportQuality[] }
  if (!sports) throw new Error(stderr)
  return Object.fromEntries(sports.flatMap(({ rules }) => rules.flatMap(({ name, count }) => (count > 0 ? [[name, count]] : []))))
}
