import { createServer } from 'node:net'
import type { Clock } from '../../core/clock.ts'
import { ConfigError } from '../../core/errors.ts'

const [waitMs, lookEveryMs] = [10_000, 20]

/**
 * Waits until no other process changes the crontab of this user: `crontab` replaces it as a whole, so that of two changes at once the first
 * would be lost. The right is a name in the abstract namespace of Unix sockets, which is free again when its process ends, however it does.
 * Elsewhere than on Linux there is none.
 * @throws ConfigError after 10 s
 */
export async function takeTurn(clock: Clock, signal: AbortSignal): Promise<Disposable> {
  if (process.platform !== 'linux') return { [Symbol.dispose]: () => {} }
  const until = clock.elapsedMs() + waitMs
  for (;;) {
    const held = await listen(`\0sports-ingest crontab ${process.getuid?.()}`)
    if (held) return held
    if (clock.elapsedMs() > until)
      throw new ConfigError('Another process has been changing the crontab for 10 s. Nothing was changed.', {
        hint: 'Run it again when that one has ended.',
      })
    await clock.sleep(lookEveryMs, signal)
  }
}

async function listen(path: string): Promise<Disposable | undefined> {
  const server = createServer(socket => socket.destroy())
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('listening', resolve).once('error', reject)
  server.listen({ path, exclusive: true })
  try {
    await promise
    return { [Symbol.dispose]: () => server.close() }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
}
