/**
 * Gathers single wishes while those before them are under way, and fulfils all of them at once: one statement for as many as there are.
 * @param fulfil one result for each wish, in their order
 */
export function inBatches<Wish, Result>(
  fulfil: (wishes: readonly Wish[]) => Promise<readonly Result[]>,
  most = 200,
): (wish: Wish) => Promise<Result> {
  type Asked = { wish: Wish; resolve(result: Result): void; reject(error: unknown): void }
  let asked: Asked[] = []
  let isBusy = false
  const goOn = async () => {
    isBusy = true
    // Wishes of the same turn go together.
    await Promise.resolve()
    while (asked.length > 0) {
      const [now, later] = [asked.slice(0, most), asked.slice(most)]
      asked = later
      try {
        const results = await fulfil(now.map(({ wish }) => wish))
        for (const [i, { resolve }] of now.entries()) resolve(results[i] as Result)
      } catch (error) {
        for (const { reject } of now) reject(error)
      }
    }
    isBusy = false
  }
  return wish =>
    new Promise((resolve, reject) => {
      asked.push({ wish, resolve, reject })
      if (!isBusy) void goOn()
    })
}
