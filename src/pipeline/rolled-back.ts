/** Thrown at the end of a transaction that is only tried, so that it is rolled back; with what it would have left. */
export class RolledBack<T> extends Error {
  readonly left: T

  constructor(left: T) {
    super('rolled back')
    this.left = left
  }
}
