/**
 * Works items off, `count` at a time; each is taken when one before it has ended, so a long list costs nothing beforehand.
 * After the first error, or when `goesOn` says no, none is taken any more, and it returns or throws when those under way have ended.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  count: number,
  work: (item: T) => Promise<void>,
  goesOn: () => boolean = () => true,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const errors: unknown[] = []
  const worker = async () => {
    while (errors.length === 0 && goesOn()) {
      const { done, value } = iterator.next()
      if (done) return
      await work(value).catch(error => void errors.push(error))
    }
  }
  await Promise.all(Array.from({ length: count }, worker))
  if (errors.length > 0) throw errors[0]
}
