import { readFileSync } from 'node:fs'

/** Looks until the condition holds, with a deadline far above what it takes. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not in time: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** Resolves once the process has been halted by SIGSTOP. */
export const halted = (pid: number): Promise<void> => until(`process ${pid} is halted`, () => stateOf(pid) === 'T')

/** The kernel's letter for what a process does: `T` is stopped. The name before it, in brackets, may hold anything. */
function stateOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0]
  } catch {
    throw new Error(`Process ${pid} has ended instead of halting.`)
  }
}
