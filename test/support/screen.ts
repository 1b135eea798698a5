/** What a terminal shows of what is written to it: what was overwritten or erased is gone, and lines that are too long go on in the next row. */
export function createScreen(columns: number) {
  let rows: { text: string; continues: boolean }[] = [{ text: '', continues: false }]
  let [row, column, width] = [0, 0, columns]

  function put(char: string): void {
    if (column === width) {
      at(row).continues = true
      ;[row, column] = [row + 1, 0]
    }
    const line = at(row)
    line.text = line.text.padEnd(column).slice(0, column) + char + line.text.slice(column + 1)
    column++
  }

  function at(index: number) {
    while (rows.length <= index) rows.push({ text: '', continues: false })
    return rows[index] as (typeof rows)[number]
  }

  function obey(code: string, parameter: string): void {
    const line = at(row)
    if (code === 'A') row = Math.max(0, row - Number(parameter || 1))
    if (code === 'G') column = Number(parameter || 1) - 1
    if (code === 'K') line.text = parameter === '2' ? '' : line.text.slice(0, column)
    if (code === 'J') rows = [...rows.slice(0, row), { text: line.text.slice(0, column), continues: false }]
  }

  function write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what drives a terminal.
    for (const [token, mode, parameter = '', code] of text.matchAll(/\u001b\[([?<=>]?)([\d;]*)([A-Za-z])|[\s\S]/gu)) {
      if (code !== undefined) {
        if (mode === '') obey(code, parameter)
      } else if (token === '\n') [row, column] = [row + 1, 0]
      else if (token === '\r') column = 0
      else put(token)
    }
  }

  return {
    write,
    /** Breaks the lines anew, with the cursor at their end. */
    resize(columns: number) {
      const whole = rows.map(({ text, continues }) => (continues ? text : `${text}\n`)).join('')
      rows = []
      ;[row, column, width] = [0, 0, columns]
      write(whole.slice(0, -1))
    },
    lines: () => rows.map(({ text }) => text.trimEnd()),
  }
}
