import type { IncomingHttpHeaders } from 'node:http'

/** The provider's marks of a version of a body. */
export interface Validators {
  etag?: string
  lastModified?: string
}

/** Those that are there, and nothing else. */
export const validatorsOf = ({ etag, lastModified }: { [name in keyof Validators]: string | undefined }): Validators => ({
  ...(etag === undefined ? {} : { etag }),
  ...(lastModified === undefined ? {} : { lastModified }),
})

export const validatorsIn = ({ etag, 'last-modified': lastModified }: IncomingHttpHeaders): Validators =>
  validatorsOf({ etag, lastModified })

/** The headers that request a body only if it differs from the known one. */
export const conditionsOf = ({ etag, lastModified }: Validators = {}): Record<string, string> => ({
  ...(etag === undefined ? {} : { 'if-none-match': etag }),
  ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
})
