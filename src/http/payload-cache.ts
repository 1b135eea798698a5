/** What is stored of an answer, for conditional requests. */
export interface CachedPayload {
  etag?: string
  lastModified?: string
  /** SHA-256 of the decoded body, hex. */
  hash: string
  /** The decoded body; undefined if it was pruned meanwhile. */
  body(): Promise<Buffer | undefined>
}

/** Where earlier answers are found. The client only reads; payloads are written with the rows made from them. */
export interface PayloadCache {
  /** `url` is the full address without credentials, as in `Answer.url`. */
  find(provider: string, url: string): Promise<CachedPayload | undefined>
}
