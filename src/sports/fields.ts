/** An object with a field for each name. */
export const fieldsOf = <const N extends readonly string[], F>(names: N, make: (name: N[number]) => F): Record<N[number], F> =>
  Object.fromEntries(names.map(name => [name, make(name)])) as Record<N[number], F>
