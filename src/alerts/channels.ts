import { createHmac } from 'node:crypto'
import type { Config } from '../core/config/config.ts'
import { post, postJson } from '../http/post.ts'
import { bodyOf, headOf, type Message, type SendOptions } from './message.ts'

export const channelNames = ['webhook', 'hook', 'mail', 'sentry'] as const

/** A way to tell people of an incident. */
export interface Channel {
  name: (typeof channelNames)[number]
  /** @throws where it was not taken, with the reason */
  send(message: Message, options: SendOptions): Promise<void>
}

/** The channels that the settings have, and what is missing of one of which they have a part. */
export function channelsOf({ alerts }: Pick<Config, 'alerts'>): { channels: Channel[]; incomplete: string[] } {
  const { webhook, hook, mail, sentryDsn } = alerts
  const channels: Channel[] = []
  const incomplete: string[] = []
  if (webhook) channels.push({ name: 'webhook', send: (message, options) => sendToChat(webhook.reveal(), message, options) })
  if (hook?.url && hook.secret) {
    const [url, secret] = [hook.url, hook.secret]
    channels.push({ name: 'hook', send: (message, options) => sendSigned(url.reveal(), secret.reveal(), message, options) })
  } else if (hook?.url || hook?.secret) incomplete.push(lacking('alerts.hook', hook, ['url', 'secret']))
  if (mail?.url && mail.from && mail.to) {
    const { url, from, to } = mail
    channels.push({
      name: 'mail',
      send: async (message, options) => (await import('./mail.ts')).sendMail({ url: url.reveal(), from, to }, message, options),
    })
  } else if (mail?.url || mail?.from || mail?.to) incomplete.push(lacking('alerts.mail', mail, ['url', 'from', 'to']))
  if (sentryDsn) channels.push({ name: 'sentry', send: (message, options) => sendToSentry(sentryDsn.reveal(), message, options) })
  return { channels, incomplete }
}

/** Whether there is anybody to tell. */
export const hasChannels = (config: Pick<Config, 'alerts'>): boolean => {
  const { channels, incomplete } = channelsOf(config)
  return channels.length + incomplete.length > 0
}

const lacking = (section: string, has: object, keys: readonly string[]): string => {
  const missing = keys.filter(key => !(key in has) || has[key as keyof typeof has] === undefined)
  return `${section} lacks ${missing.map(key => `${section}.${key}`).join(' and ')}, so nothing is sent there.`
}

/** What Slack reads as a mention or a link in a text of others: https://docs.slack.dev/messaging/formatting-message-text */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** As text alone, without blocks: Mattermost, Rocket.Chat and Discord (`/slack`) understand that as well. */
const sendToChat = (url: string, message: Message, options: SendOptions): Promise<void> =>
  postJson(url, { text: `*${escaped(headOf(message))}*\n${escaped(bodyOf(message))}` }, { ...options, headers: {} })

/** As the specification of Standard Webhooks has it: https://www.standardwebhooks.com */
async function sendSigned(url: string, secret: string, message: Message, options: SendOptions): Promise<void> {
  const { id, event, at, ...data } = message
  const body = JSON.stringify({ type: `incident.${event}`, timestamp: at, data })
  const seconds = Math.floor(Date.now() / 1000)
  const headers = {
    'content-type': 'application/json',
    'webhook-id': `msg_${id}`,
    // Of this attempt, by a clock that receivers share: they refuse what is older than five minutes.
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatureOf(secret, { id: `msg_${id}`, seconds, body }),
  }
  await post(url, body, { ...options, headers })
}

/** @param secret `whsec_` and the key in base64 */
export function signatureOf(secret: string, { id, seconds, body }: { id: string; seconds: number; body: string }): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
}

/**
 * As an event in an envelope, without Sentry's own client, whose smallest package is a hundred times as large:
 * https://develop.sentry.dev/sdk/foundations/transport/envelopes/
 */
async function sendToSentry(dsn: string, message: Message, options: SendOptions): Promise<void> {
  const { origin, username, pathname } = new URL(dsn)
  const [path, project] = [pathname.slice(0, pathname.lastIndexOf('/')), pathname.slice(pathname.lastIndexOf('/') + 1)]
  const { id, event, incident, at, host, lines, commands, sports, title } = message
  const eventId = id.replaceAll('-', '')
  const payload = JSON.stringify({
    event_id: eventId,
    timestamp: at,
    platform: 'node',
    logger: 'sports-ingest',
    level: event === 'opened' ? 'error' : 'info',
    server_name: host,
    message: { formatted: `${headOf(message)}\n${bodyOf(message)}` },
    // One issue for each job or sport, whatever the numbers in its title are.
    fingerprint: ['sports-ingest', incident?.kind ?? event, incident?.key ?? ''],
    tags: { event, ...(incident ? { kind: incident.kind, key: incident.key } : {}), ...(sports[0] ? { sport: sports[0] } : {}) },
    extra: { title, ...Object.fromEntries([...lines, ...commands]) },
  })
  const item = { type: 'event', content_type: 'application/json', length: Buffer.byteLength(payload) }
  const envelope = [JSON.stringify({ event_id: eventId, sent_at: new Date().toISOString() }), JSON.stringify(item), payload]
  const headers = {
    'content-type': 'application/x-sentry-envelope',
    'x-sentry-auth': `Sentry sentry_version=7, sentry_client=sports-ingest, sentry_key=${username}`,
  }
  await post(`${origin}${path}/api/${project}/envelope/`, `${envelope.join('\n')}\n`, { ...options, headers })
}
