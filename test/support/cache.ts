import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Told {
  tags: string[]
  authorization: string | undefined
}

/** A cache that is told what has changed, with the settings that have it told. */
export interface TestCache extends AsyncDisposable {
  told: Told[]
  settings: Record<string, string>
}

/** A cache that answers with these, and with the last one ever after. */
export async function startCache(...statuses: number[]): Promise<TestCache> {
  const told: Told[] = []
  const server = createServer(async (request, response) => {
    const { tags } = JSON.parse(await text(request)) as Told
    const status = statuses[told.length] ?? statuses.at(-1) ?? 204
    told.push({ tags, authorization: request.headers.authorization })
    response.writeHead(status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    told,
    settings: {
      CACHE_INVALIDATION_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/revalidate`,
      INTERNAL_API_KEY: 'sesame',
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}
