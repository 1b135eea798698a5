import type { App } from '../../app.ts'
import { ConfigError } from '../../core/errors.ts'
import type { Queue } from '../../queue/queue.ts'
import type { Listen } from '../../store/listen.ts'
import { rawSql } from '../../store/raw-sql.ts'

/** The queue that the settings choose. What a driver needs is loaded here. @param listen how to hear of new jobs; undefined where it has to look */
export async function openQueue({ config, database, clock, log }: App, listen: Listen | undefined): Promise<Queue> {
  const name = queueName(config.worker.queueName, database.searchPath)
  const { driver, redisUrl } = config.queue
  if (driver === 'pg-boss') {
    const { openPgBossQueue } = await import('../../queue/pg-boss.ts')
    return await openPgBossQueue({ access: rawSql(database, listen), name, clock, log })
  }
  if (!redisUrl)
    throw new ConfigError('queue.driver is bullmq, and there is no address of Redis.', {
      hint: 'Set REDIS_URL (queue.redis_url), such as redis://localhost:6379; or set queue.driver to pg-boss.',
    })
  const { openBullQueue } = await import('../../queue/bullmq.ts')
  return await openBullQueue({ url: redisUrl.reveal(), name, clock, log })
}

/** Programs that share a database, each with tables in a schema of its own, do not share jobs. */
function queueName(name: string, searchPath: string): string {
  return searchPath === 'public' ? name : `${name}.${searchPath.replaceAll(/[^\w-]+/g, '_')}`
}
