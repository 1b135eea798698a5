import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'

// Serves sets of files below a folder, `/<set>/…/<file>`, with tags. Prints its address, and ends when its stdin does.
const folder = process.argv[2] as string
const tags = new Map<string, string>()

function tagOf(path: string): string {
  const tag = tags.get(path) ?? `"${createHash('sha1').update(readFileSync(path)).digest('hex')}"`
  tags.set(path, tag)
  return tag
}

const server = createServer((request, response) => {
  const address = request.url ?? ''
  const path = join(folder, address.split('/')[1] ?? '', basename(address))
  if (!existsSync(path)) return response.writeHead(404).end('Not Found')
  const etag = tagOf(path)
  if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
  response.writeHead(200, { etag, 'content-type': 'application/octet-stream', 'content-length': statSync(path).size })
  return createReadStream(path).pipe(response)
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`))
await text(process.stdin)
process.exit()
