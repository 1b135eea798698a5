/** Shows how far a run is. On a terminal it is one line that changes; elsewhere nothing. */
export interface ProgressLine {
  update(text: string): void
  stop(): void
}

/** @param shown whether there is a terminal, and nobody asked for JSON */
export async function startProgress(shown: boolean): Promise<ProgressLine> {
  // A terminal may not know its width (0, as under `script` in CI): ora would clear infinitely many lines.
  if (!shown || !process.stderr.columns) return { update() {}, stop() {} }
  const { default: ora } = await import('ora')
  // Without discardStdin ora reads the keyboard, and Ctrl-C would be its own affair instead of a clean stop.
  const spinner = ora({
    text: 'asking for the schedule',
    discardStdin: false,
    color: process.env['NO_COLOR'] ? false : 'cyan',
  }).start()
  return {
    update: text => {
      spinner.text = text
    },
    stop: () => void spinner.stop(),
  }
}
