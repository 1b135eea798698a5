/** At two requests a second, progress changes every second. */
const silentFromS = 10

/**
 * Shows how far a run is. On a terminal it is one line that changes; elsewhere nothing.
 * @param shown whether stderr is a terminal, and --json was not given
 */
export async function startProgress(shown: boolean): Promise<{ update(text: string): void; stop(): void }> {
  // A terminal may report no width (0, as under `script` in CI): ora would clear infinitely many lines.
  if (!shown || !process.stderr.columns) return { update() {}, stop() {} }
  const { default: ora } = await import('ora')
  // With discardStdin ora reads the keyboard and handles Ctrl-C itself, which would prevent a clean stop.
  const spinner = ora({
    text: 'asking for the schedule',
    discardStdin: false,
    color: process.env['NO_COLOR'] ? false : 'cyan',
  }).start()
  // A line that has not changed for a while says so.
  let [last, lastMs] = ['', performance.now()]
  const timer = setInterval(() => {
    const silentS = Math.round((performance.now() - lastMs) / 1000)
    if (last && silentS >= silentFromS) spinner.text = `${last}; nothing new for ${silentS} s`
  }, 1000).unref()
  return {
    update: text => {
      ;[last, lastMs] = [text, performance.now()]
      spinner.text = text
    },
    stop: () => {
      clearInterval(timer)
      spinner.stop()
    },
  }
}
