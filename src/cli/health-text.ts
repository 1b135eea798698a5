import { visible } from '../core/visible.ts'
import { type Check, isFinding } from '../health/check.ts'
import { paint } from './paint.ts'
import { wrap } from './wrap.ts'

/** What is said of a check begins there. */
const column = 14
const columns = 80

const width = columns - 1 - column

/** A word that is too long for a line, such as an address, is broken. */
const broken = (text: string): string => text.replaceAll(new RegExp(`\\S{${width}}(?=\\S)`, 'gu'), '$& ')

const words = { ok: 'ok', warning: 'warning', failure: 'failure', 'not-checked': 'not checked' }
const colours = { ok: paint.green, warning: paint.yellow, failure: paint.red, 'not-checked': paint.dim }

/** All checks, as people read them: first what is wrong, with the remedy, then the rest. */
export function healthText(checks: readonly Check[]): string {
  const findings = checks.filter(isFinding)
  const order: Check['status'][] = ['failure', 'warning', 'ok', 'not-checked']
  const sorted = [...checks].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
  const lines = together(sorted).flatMap((check, i) => {
    const isFirstOfRest = findings.length > 0 && i === findings.length
    return [...(isFirstOfRest ? [''] : []), checkText(check)]
  })
  return [...lines, '', paint[findings.length === 0 ? 'green' : 'red'](verdict(checks, findings))].join('\n')
}

/** What is not checked for one reason is one line. */
function together(checks: readonly Check[]): Check[] {
  const isSame = (one: Check, other: Check) =>
    one.status === 'not-checked' && one.about === null && other.about === null && one.message === other.message
  return checks.flatMap((check, i) => {
    const same = checks.filter(other => isSame(check, other))
    if (same.length < 2) return check
    return checks.findIndex(other => isSame(check, other)) === i ? { ...check, check: same.map(one => one.check).join(', ') } : []
  })
}

function verdict(checks: readonly Check[], findings: readonly Check[]): string {
  const unchecked = checks.filter(({ status }) => status === 'not-checked').length
  const rest = unchecked > 0 ? ` Not checked: ${unchecked}.` : ''
  if (findings.length === 0) return `Nothing is wrong.${rest}`
  return `${findings.length === 1 ? '1 finding' : `${findings.length} findings`}.${rest}`
}

function checkText({ check, about, status, message, remedy }: Check): string {
  const head = `${check}${about ? ` ${visible(about)}` : ''}: `
  const said = wrap(broken(head + visible(message)), width)
  const todo = remedy ? wrap(broken(`→ ${visible(remedy)}`), width) : []
  const [first = '', ...more] = said
  const indented = [...more, ...todo].map(line => `${' '.repeat(column)}${line}`)
  return [`${colours[status](words[status])}${' '.repeat(column - words[status].length)}${first}`, ...indented].join('\n')
}
