/** A statement of a text of several. */
export interface SqlStatement {
  text: string
  /** Where its first word is in the whole text, in UTF-16 units. */
  start: number
  /** Its words and keywords outside of quotes, in lower case, the first of them first. */
  words: string[]
}

/**
 * One token of PostgreSQL: space, comments (nested ones are counted by the caller), a text with backslashes (E''), a text, a quoted name, a
 * body in dollar quotes, a word, any other character. What is not closed goes to the end of the text.
 */
const token =
  /[ \t\n\r\f\v]+|--[^\n\r]*|\/\*|e'(?:[^'\\]|\\.|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|\$((?:[a-z_\x80-\uffff][\w\x80-\uffff]*)?)\$|[a-z_\x80-\uffff][\w$\x80-\uffff]*|./isy

/**
 * Splits a text at the semicolons that end its statements. It need not be right about everything: who sends each statement by the extended
 * protocol has the server refuse what is more than one.
 */
export function splitStatements(text: string): SqlStatement[] {
  const found: SqlStatement[] = []
  let words: string[] = []
  let [start, parens, bodies] = [-1, 0, 0]
  let at = 0
  const close = (end: number) => {
    if (start >= 0) found.push({ text: text.slice(start, end).trimEnd(), start, words })
    ;[start, parens, bodies, words] = [-1, 0, 0, []]
  }
  while (at < text.length) {
    token.lastIndex = at
    const [part = '', tag] = token.exec(text) ?? [text[at]]
    const from = at
    at += part.length
    if (part === '/*') at = endOfComment(text, at)
    if (part === '/*' || part.startsWith('--') || /^[ \t\n\r\f\v]/.test(part)) continue
    if (part === ';' && parens === 0 && bodies === 0) {
      close(from)
      continue
    }
    if (start < 0) start = from
    if (tag !== undefined) {
      const end = text.indexOf(part, at)
      at = end < 0 ? text.length : end + part.length
    } else if (part === '(') parens++
    else if (part === ')') parens = Math.max(0, parens - 1)
    else if (/^[a-z_\x80-\uffff]/i.test(part) && !/^e'/i.test(part)) {
      words.push(part.toLowerCase())
      bodies = bodyDepth(words, bodies)
    }
  }
  close(text.length)
  return found
}

/** The body of a function in SQL (BEGIN ATOMIC … END) has semicolons of its own, and may have CASE … END. */
function bodyDepth(words: readonly string[], depth: number): number {
  const [last = '', before = ''] = [words.at(-1), words.at(-2)]
  const isRoutine = words[0] === 'create' && words.slice(1, 4).some(word => word === 'function' || word === 'procedure')
  if (last === 'atomic' && before === 'begin' && isRoutine) return depth + 1
  if (depth === 0) return 0
  if (last === 'case' || last === 'begin') return depth + 1
  return last === 'end' ? depth - 1 : depth
}

function endOfComment(text: string, from: number): number {
  const edge = /\/\*|\*\//g
  edge.lastIndex = from
  for (let depth = 1; depth > 0; ) {
    const found = edge.exec(text)
    if (!found) return text.length
    depth += found[0] === '/*' ? 1 : -1
  }
  return edge.lastIndex
}

/** `line 3, character 5` of a place in a text. */
export function placeIn(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n')
  return `line ${lines.length}, character ${[...(lines.at(-1) ?? '')].length + 1}`
}
