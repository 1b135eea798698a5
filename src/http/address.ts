import { ConfigError } from '../core/errors.ts'

const secretKeys = /^(.*[-_.])?(api_?key|api-key|key|token|password|passwd|pwd|secret|signature|sig|auth|credentials?)$/i

/**
 * The text with the values of secret query parameters replaced (`?api_key=REDACTED`), for messages, logs and the
 * payload cache. Textual, so that the rest of a query stays as the provider was asked.
 */
export function withoutSecrets(text: string): string {
  return text.replace(/([?&])([^=&#]+)=([^&#]*)/g, (pair, mark: string, key: string) =>
    secretKeys.test(key) ? `${mark}${key}=REDACTED` : pair,
  )
}

/** Parses a provider's base address. Throws ConfigError if it is not one. */
export function parseBase(provider: string, baseUrl: string) {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new ConfigError(`The address of ${provider} is not an http or https URL: ${baseUrl.replace(/\/\/.*@/, '//')}`, {
      hint: `Set SPORTS_INGEST_PROVIDER_${provider.toUpperCase().replaceAll('-', '_')}_URL to its base address, or unset it for the default.`,
    })
  }
  const prefix = url.origin + url.pathname.replace(/\/+$/, '')
  const account = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return {
    origin: url.origin,
    /** The address of a path below the base, whose own path prefix stays (`new URL('/x', base)` would drop it). */
    address: (path: string): URL => {
      const address = new URL(`${prefix}/${path.replace(/^\/+/, '')}`)
      address.hash = ''
      return address
    },
    /** The user and password of the address as a header, where it has any. */
    authorization: account === ':' ? undefined : `Basic ${Buffer.from(account).toString('base64')}`,
  }
}

/** Headers that may be sent to any host: no Authorization, no cookies, no API keys under whatever name. */
const harmless = new Set(['accept', 'accept-encoding', 'accept-language', 'if-modified-since', 'if-none-match', 'user-agent'])

/** The headers for one hop: all of them to the provider's own origin, the harmless ones to where it redirects. */
export function headersFor(url: URL, ownOrigin: string, headers: Record<string, string>): Record<string, string> {
  if (url.origin === ownOrigin) return headers
  return Object.fromEntries(Object.entries(headers).filter(([name]) => harmless.has(name)))
}
