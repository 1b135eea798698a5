import type { IncomingHttpHeaders } from 'node:http'

/** What a provider sends back, before ETag and compression. The same buffer again means nothing changed. */
export interface Answer {
  readonly status: number
  /** The content type. */
  readonly type: string
  readonly body: Buffer
  /** What the tag of the body is made of; the body itself where it is undefined. For one that takes long to make, and often is not sent. */
  readonly version?: string
  /** More headers: where a redirect leads. */
  readonly headers?: Readonly<Record<string, string>>
}

/** An outside API made up: the real paths, payload shapes and ways of saying no, with invented content. */
export interface SimulatedProvider {
  /** The id of the provider it stands in for (`nba-cdn`). */
  readonly id: string
  /** The host of the real one, which is the first segment of its path in the sandbox. */
  readonly host: string
  /** The answer to a client the provider will not serve at all, or undefined where it may ask. */
  refuse?(headers: IncomingHttpHeaders): Answer | undefined
  /** What the provider publishes at a path at an instant; undefined where there is nothing. Pure: the same instant, the same bytes. */
  answer(path: string, query: URLSearchParams, now: Date): Answer | undefined
  /** The provider's own way of saying that there is nothing at a path. */
  missing(): Answer
  /** Another host, which it sends its clients on to and which is no provider of its own. */
  readonly storage?: Omit<SimulatedProvider, 'id' | 'storage'>
}

/** A JSON answer. */
export const jsonAnswer = (value: unknown): Answer => ({
  status: 200,
  type: 'application/json',
  body: Buffer.from(JSON.stringify(value)),
})

/** The type of files that are packed already or taken as they are. */
export const fileType = 'application/octet-stream'

/** A file whose bytes are what they are: no server packs it on the way. */
export const fileAnswer = (body: Buffer): Answer => ({ status: 200, type: fileType, body })

/** Sends the client on to another address. */
export const redirectAnswer = (location: string): Answer => ({ ...textAnswer(302, ''), headers: { location } })

/** An answer in words. */
export const textAnswer = (status: number, body: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: Buffer.from(body),
})
