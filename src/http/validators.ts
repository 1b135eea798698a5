/** What a provider said to know a version of a body by. */
export interface Validators {
  etag?: string
  lastModified?: string
}

/** Those that are there, and nothing else. */
export const validatorsOf = ({ etag, lastModified }: { [name in keyof Validators]: string | undefined }): Validators => ({
  ...(etag === undefined ? {} : { etag }),
  ...(lastModified === undefined ? {} : { lastModified }),
})

/** The headers that ask for a body only where it is another than the known one. */
export const conditionsOf = ({ etag, lastModified }: Validators = {}): Record<string, string> => ({
  ...(etag === undefined ? {} : { 'if-none-match': etag }),
  ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
})
