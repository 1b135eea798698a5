/** A wait that others end early. */
export function createAlarm() {
  let ring = () => {}
  let isRung = false
  return {
    /** Ends the wait under way, or else the next one. */
    ring(): void {
      isRung = true
      ring()
    },
    /** Resolves after so many milliseconds, or when somebody rings. */
    async wait(ms: number): Promise<void> {
      if (!isRung) {
        const { promise, resolve } = Promise.withResolvers<void>()
        const timer = setTimeout(resolve, ms)
        ring = resolve
        await promise
        clearTimeout(timer)
      }
      ring = () => {}
      isRung = false
    },
  }
}
