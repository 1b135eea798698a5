import { elements, toIsoInstant, types } from './types.ts'

/**
 * Turns the text of a type's values into JSON, without loss: integers and floating point numbers are numbers, as long as a reader with
 * doubles keeps all their digits; other integers and numeric are texts. Instants are ISO 8601 in UTC, days and intervals texts.
 */
export function jsonOf(type: number): (text: string) => string {
  switch (type) {
    case types.bool:
      return text => (text === 't' ? 'true' : 'false')
    case types.smallint:
    case types.integer:
    case types.oid:
      return text => text
    case types.bigint:
      return text => (Number.isSafeInteger(Number(text)) ? text : `"${text}"`)
    case types.real:
    case types.double:
      return text => (Number.isFinite(Number(text)) ? text : `"${text}"`)
    case types.json:
    case types.jsonb:
      return compactJson
    case types.timestamp:
    case types.instant:
      return text => `"${toIsoInstant(text)}"`
  }
  const element = elements[type]
  return element === undefined ? JSON.stringify : text => arrayJson(text, jsonOf(element))
}

/** Without white space between its parts. Its numbers keep their digits. */
const compactJson = (json: string): string => json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')

/** An array, `{1,NULL,"a b"}` or `{{1,2},{3,4}}`, perhaps with its bounds before it: `[0:1]={1,2}`. */
function arrayJson(text: string, toJson: (text: string) => string): string {
  const token = /([{},])|"((?:[^"\\]|\\.)*)"|([^{},"]+)/gs
  token.lastIndex = text.startsWith('[') ? text.indexOf('=') + 1 : 0
  let json = ''
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [, mark, quoted, plain] = found
    if (mark) json += { '{': '[', '}': ']', ',': ',' }[mark]
    else if (plain === 'NULL') json += 'null'
    else json += toJson(plain ?? (quoted as string).replaceAll(/\\(.)/gs, '$1'))
  }
  return json
}
