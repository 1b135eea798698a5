import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { describe, expect, test } from 'vitest'
import { type Channel, channelsOf, signatureOf } from '../../src/alerts/channels.ts'
import type { Message } from '../../src/alerts/message.ts'
import { type Config, defaults } from '../../src/core/config/config.ts'
import { Secret } from '../../src/core/config/secret.ts'
import { type Received, startReceiver } from '../support/receiver.ts'

const message: Message = {
  id: '0b6f2a3e-1111-4222-8333-944444444444',
  event: 'opened',
  incident: { kind: 'failures', key: 'daily_data', id: 12 },
  at: '2026-03-05T06:00:00.000Z',
  host: 'worker-1',
  title: 'daily_data has failed 3 times in a row',
  sports: ['nba'],
  lines: [['cause', 'nba-cdn answered 500 & said <!channel>.']],
  commands: [['to try again now', 'sports-ingest schedule run --update daily_data']],
}

function channel(alerts: Partial<Config['alerts']>): Channel {
  const [found] = channelsOf({ alerts: { ...defaults.alerts, ...alerts } }).channels
  if (!found) throw new Error('There is no channel.')
  return found
}

const options = { timeoutMs: 2_000, signal: new AbortController().signal }

test('a chat gets a text in which what others have said is no mention', async () => {
  await using chat = await startReceiver()
  await channel({ webhook: new Secret(`${chat.url}/services/T0/B0/x`) }).send(message, options)
  expect(chat.received[0]).toMatchObject({ path: '/services/T0/B0/x', headers: { 'content-type': 'application/json' } })
  expect(JSON.parse(chat.received[0]?.body ?? '')).toMatchInlineSnapshot(`
    {
      "text": "*[sports-ingest] daily_data has failed 3 times in a row*
    cause: nba-cdn answered 500 &amp; said &lt;!channel&gt;.
    to try again now: sports-ingest schedule run --update daily_data
    noted on worker-1, incident 12",
    }
  `)
})

describe('a hook', () => {
  /** The example of the specification's own libraries. */
  test('is signed as by Standard Webhooks', () => {
    const about = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', seconds: 1614265330, body: '{"test": 2432232314}' }
    expect(signatureOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', about)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  test('gets all there is to know, with an id that is the same at each attempt, and a time that is not', async () => {
    await using service = await startReceiver()
    const key = Buffer.alloc(32, 7)
    const hook = { url: new Secret(`${service.url}/in`), secret: new Secret(`whsec_${key.toString('base64')}`) }
    await channel({ hook }).send(message, options)
    const { headers = {}, body = '' }: Partial<Received> = service.received[0] ?? {}
    const id = 'msg_0b6f2a3e-1111-4222-8333-944444444444'
    expect(headers['webhook-id']).toBe(id)
    const seconds = Number(headers['webhook-timestamp'])
    expect(Math.abs(Date.now() / 1000 - seconds)).toBeLessThan(60)
    const signed = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${signed}`)
    expect(JSON.parse(body)).toMatchInlineSnapshot(`
      {
        "data": {
          "commands": [
            [
              "to try again now",
              "sports-ingest schedule run --update daily_data",
            ],
          ],
          "host": "worker-1",
          "incident": {
            "id": 12,
            "key": "daily_data",
            "kind": "failures",
          },
          "lines": [
            [
              "cause",
              "nba-cdn answered 500 & said <!channel>.",
            ],
          ],
          "sports": [
            "nba",
          ],
          "title": "daily_data has failed 3 times in a row",
        },
        "timestamp": "2026-03-05T06:00:00.000Z",
        "type": "incident.opened",
      }
    `)
  })
})

test('Sentry gets an event in an envelope, and counts those of one job as one issue', async () => {
  await using sentry = await startReceiver()
  await channel({ sentryDsn: new Secret(`${sentry.url.replace('//', '//publickey@')}/sub/42`) }).send(message, options)
  const [received] = sentry.received
  expect(received).toMatchObject({
    path: '/sub/api/42/envelope/',
    headers: {
      'content-type': 'application/x-sentry-envelope',
      'x-sentry-auth': 'Sentry sentry_version=7, sentry_client=sports-ingest, sentry_key=publickey',
    },
  })
  const [header = '', item = '', event = ''] = received?.body.split('\n') ?? []
  expect(JSON.parse(header)).toMatchObject({ event_id: '0b6f2a3e111142228333944444444444' })
  expect(JSON.parse(item)).toEqual({ type: 'event', content_type: 'application/json', length: Buffer.byteLength(event) })
  expect(JSON.parse(event)).toMatchInlineSnapshot(`
    {
      "event_id": "0b6f2a3e111142228333944444444444",
      "extra": {
        "cause": "nba-cdn answered 500 & said <!channel>.",
        "title": "daily_data has failed 3 times in a row",
        "to try again now": "sports-ingest schedule run --update daily_data",
      },
      "fingerprint": [
        "sports-ingest",
        "failures",
        "daily_data",
      ],
      "level": "error",
      "logger": "sports-ingest",
      "message": {
        "formatted": "[sports-ingest] daily_data has failed 3 times in a row
    cause: nba-cdn answered 500 & said <!channel>.
    to try again now: sports-ingest schedule run --update daily_data
    noted on worker-1, incident 12",
      },
      "platform": "node",
      "server_name": "worker-1",
      "tags": {
        "event": "opened",
        "key": "daily_data",
        "kind": "failures",
        "sport": "nba",
      },
      "timestamp": "2026-03-05T06:00:00.000Z",
    }
  `)
})

describe('mail', () => {
  interface Mail {
    from: string
    to: string[]
    raw: string
  }

  async function startMailServer({ hang = false } = {}) {
    const mails: Mail[] = []
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      closeTimeout: 100,
      onAuth: ({ username, password }, _, done) =>
        username === 'me' && password === 'p@ss'
          ? done(null, { user: username })
          : done(new Error(`wrong password ${password} ${'!'.repeat(2_000)}`)),
      async onData(stream, session, done) {
        const raw = await text(stream)
        const { mailFrom, rcptTo } = session.envelope
        mails.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address), raw })
        if (!hang) done()
      },
    })
    server.listen(0, '127.0.0.1')
    await once(server.server, 'listening')
    return {
      mails,
      host: `127.0.0.1:${(server.server.address() as AddressInfo).port}`,
      [Symbol.asyncDispose]: () => new Promise<void>(resolve => server.close(() => resolve())),
    }
  }

  const from = 'sports-ingest@example.org'
  const to = 'one@example.org, two@example.org'

  test('goes to all recipients, with an id that is the same at each attempt', async () => {
    await using server = await startMailServer()
    const url = new Secret(`smtp://me:p%40ss@${server.host}`)
    await channel({ mail: { url, from, to } }).send(message, options)
    const [mail] = server.mails
    expect(mail).toMatchObject({ from, to: ['one@example.org', 'two@example.org'] })
    const raw = mail?.raw.replaceAll('\r\n', '\n').replace(/^Date: .*$/m, 'Date: DATE')
    expect(raw).toMatchInlineSnapshot(`
      "Auto-Submitted: auto-generated
      X-Sports-Ingest-Event: opened
      From: sports-ingest@example.org
      To: one@example.org, two@example.org
      References: <incident-12-failures@sports-ingest>
      Subject: [sports-ingest] daily_data has failed 3 times in a row
      Message-ID: <0b6f2a3e-1111-4222-8333-944444444444@sports-ingest>
      Content-Transfer-Encoding: 7bit
      Date: DATE
      MIME-Version: 1.0
      Content-Type: text/plain; charset=utf-8

      cause: nba-cdn answered 500 & said <!channel>.
      to try again now: sports-ingest schedule run --update daily_data
      noted on worker-1, incident 12
      "
    `)
  })

  test('that the server refuses says why, without the password', async () => {
    await using server = await startMailServer()
    const sent = channel({ mail: { url: new Secret(`smtp://me:guess@${server.host}`), from, to } }).send(message, options)
    await expect(sent).rejects.toThrow(/^Invalid login: .*wrong password/)
    await expect(sent).rejects.not.toThrow(/guess/)
    await expect(sent).rejects.not.toThrow(/!{500}/)
    const tls = channel({ mail: { url: new Secret(`smtps://${server.host}`), from, to } }).send(message, options)
    await expect(tls).rejects.toThrow('It does not begin with TLS on this port: try smtp:// instead of smtps://.')
  })

  test('to a server that does not answer is given up in time', async () => {
    await using server = await startMailServer({ hang: true })
    const mail = { url: new Secret(`smtp://me:p%40ss@${server.host}`), from, to }
    await expect(channel({ mail }).send(message, { ...options, timeoutMs: 500 })).rejects.toThrow('No answer within 0.5 s.')
  })
})

describe('an answer that is no 2xx', () => {
  const post = (url: string) => channel({ webhook: new Secret(url) }).send(message, options)

  test('says what the service says, but for one that repeats the address', async () => {
    await using chat = await startReceiver({ status: 403, headers: { 'content-type': 'text/plain' }, body: 'invalid_token' })
    await expect(post(`${chat.url}/services/T0/B0/topsecret`)).rejects.toThrow('It answered 403 (invalid_token).')
    chat.answer = { status: 404, headers: { 'content-type': 'text/plain' }, body: 'no /services/T0/B0/topsecret' }
    await expect(post(`${chat.url}/services/T0/B0/topsecret`)).rejects.toThrow(/^It answered 404\.$/)
    await expect(post(`${chat.url}/?token=topsecret`)).rejects.toThrow(/^It answered 404\.$/)
    chat.answer = { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' }
    await expect(post(chat.url)).rejects.toThrow(/^It answered 502\.$/)
  })

  test('is not followed where it redirects', async () => {
    await using other = await startReceiver()
    await using chat = await startReceiver({ status: 307, headers: { location: `${other.url}/` } })
    await expect(post(chat.url)).rejects.toThrow('It answered 307, and redirects are not followed.')
    expect(other.received).toEqual([])
  })
})

test('a channel of which the settings have a part is told, and not used', () => {
  const hook = { url: new Secret('https://example.org') }
  const mail = { url: new Secret('smtp://example.org'), to: 'a@example.org' }
  const { channels, incomplete } = channelsOf({ alerts: { ...defaults.alerts, hook, mail } })
  expect(channels).toEqual([])
  expect(incomplete).toEqual([
    'alerts.hook lacks alerts.hook.secret, so nothing is sent there.',
    'alerts.mail lacks alerts.mail.from, so nothing is sent there.',
  ])
})
