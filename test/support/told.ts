import { expect } from 'vitest'
import { type CliResult, runCli } from './cli.ts'

type Env = Record<string, string | undefined>

interface LogLine {
  level: string
  event: string
  msg: string
  [field: string]: unknown
}

const isLogLine = (line: string) => line.startsWith('{"level":')

/** What a command said to people: the lines of stderr that are no log lines. */
export const toldLines = ({ stderr }: CliResult): string[] => stderr.split('\n').filter(line => line !== '' && !isLogLine(line))

/** What it logged, parsed. */
export const logLines = ({ stderr }: CliResult): LogLine[] =>
  stderr
    .split('\n')
    .filter(isLogLine)
    .map(line => JSON.parse(line) as LogLine)

export interface Failing {
  code: number
  /** In the one line that is said. */
  says: RegExp | string
  env?: Env
  cwd?: string
  /** What must not be said anywhere. */
  secret?: string
}

/**
 * Expects a command to fail as the contract has it: the right exit code, one line for people on stderr, nothing on stdout, no stack
 * trace; and with --json one JSON value on stdout with the same error.
 */
export async function expectOneLine(args: readonly string[], { code, says, env = {}, cwd, secret }: Failing): Promise<CliResult> {
  const [plain, asJson] = await Promise.all([runCli(args, env, cwd), runCli([...args, '--json'], env, cwd)])
  expect(toldLines(plain), plain.stderr).toEqual([
    typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says),
  ])
  expect(plain).toMatchObject({ code, signal: null, stdout: '' })
  const { error } = JSON.parse(asJson.stdout) as { error: { message: string; hint?: string } }
  expect(error).toMatchObject({ exitCode: code, name: expect.stringMatching(/Error$/) })
  const [line] = toldLines(asJson)
  expect(line).toBe(error.hint ? `${error.message} Hint: ${error.hint}` : error.message)
  expect(asJson).toMatchObject({ code, signal: null })
  for (const { stdout, stderr } of [plain, asJson]) {
    expect(stdout + stderr).not.toMatch(/^\s+at .*:\d+/m)
    if (secret) expect(stdout + stderr).not.toContain(secret)
  }
  return plain
}
