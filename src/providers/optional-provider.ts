import { IngestError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { decideOutcome } from '../core/outcome.ts'
import type { Answer } from '../http/get.ts'
import type { Provider } from './open-provider.ts'

export type OptionalProvider = ReturnType<typeof optionalProvider>

/**
 * A provider whose answers save requests and that nothing depends on. It is asked only as long as it answers; after the first failure it
 * is not asked again. One request at a time: if it hangs, the requests behind the first one do not each wait for a time-out.
 */
export function optionalProvider({ id, get }: Pick<Provider, 'id' | 'get'>, log: Log) {
  let answers = true
  let last: Promise<unknown> = Promise.resolve()

  /** The provider sent something useless: it is not asked again. */
  function stopAsking(reason: Error): void {
    if (answers) log.warn('provider.given-up', { provider: id, message: `${reason.message} It is not asked again in this run.` })
    answers = false
  }

  async function ask(path: string): Promise<Answer | undefined> {
    if (!answers) return undefined
    try {
      return await get(path)
    } catch (error) {
      if (!(error instanceof IngestError) || decideOutcome(error).kind === 'stop') throw error
      stopAsking(error)
      return undefined
    }
  }

  return {
    stopAsking,
    /**
     * The answer; undefined if there is none, and from then on for every path, without a request.
     * @throws what concerns the run as a whole: a stop, a lost database, a wrong setting
     */
    get: (path: string): Promise<Answer | undefined> => {
      const answer = last.then(() => ask(path))
      last = answer.catch(() => undefined)
      return answer
    },
  }
}
