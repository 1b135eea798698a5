import { inspect } from 'node:util'

/** What a secret looks like wherever it is shown. */
export const mask = '***'

/** A value that shows itself only to who asks by name: text, JSON, `console.log` and spreading give `***` or nothing. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself, for the one call that needs it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return mask
  }

  toJSON(): string {
    return mask
  }

  [inspect.custom](): string {
    return mask
  }
}
