import querystring from 'node:querystring'
import { createTransport } from 'nodemailer'
import { mask } from '../core/config/secret.ts'
import { bodyOf, firstLine, headOf, type Message, type SendOptions } from './message.ts'

/** Sends a message by mail. With smtp:// the connection is encrypted where the server offers it (STARTTLS). */
export async function sendMail(
  { url, from, to }: { url: string; from: string; to: string },
  message: Message,
  { timeoutMs, signal }: SendOptions,
): Promise<void> {
  const limits = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs }
  const transport = createTransport({ url, ...limits })
  const late = AbortSignal.timeout(timeoutMs)
  const stop = AbortSignal.any([signal, late])
  const stopped = new Promise<never>((_, reject) =>
    stop.addEventListener(
      'abort',
      () => reject(late.aborted ? new Error(`No answer within ${timeoutMs / 1000} s.`) : stop.reason),
      {
        once: true,
      },
    ),
  )
  const { id, incident, event } = message
  const sending = transport.sendMail({
    ...{ from, to, subject: headOf(message), text: `${bodyOf(message)}\n` },
    // The same at each attempt, so that a mailbox keeps one.
    messageId: `<${id}@sports-ingest>`,
    // Its beginning and its end are one thread.
    ...(incident ? { references: `<incident-${incident.id}-${incident.kind}@sports-ingest>` } : {}),
    headers: { 'auto-submitted': 'auto-generated', 'x-sports-ingest-event': event },
  })
  try {
    await Promise.race([sending, stopped])
  } catch (error) {
    sending.catch(() => {})
    const { message: said } = error as Error
    // What the server says may be long, and of several lines.
    throw stop.aborted ? error : new Error(reasonOf(said, url))
  } finally {
    transport.close()
  }
}

/** On one line, without the password, which a server may repeat. */
function reasonOf(said: string, url: string): string {
  if (said.includes('wrong version number')) return 'It does not begin with TLS on this port: try smtp:// instead of smtps://.'
  const { password } = new URL(url)
  const secrets = [password, querystring.unescape(password)].filter(Boolean)
  return firstLine(secrets.reduce((text, secret) => text.replaceAll(secret, mask), said))
}
