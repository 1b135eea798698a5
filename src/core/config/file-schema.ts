import { z } from 'zod'
import { checkGiven } from './entry.ts'
import type { Setting } from './setting.ts'
import { jobSettings, settings } from './settings.ts'

/**
 * The file's shape: strict objects all the way, built from the settings so that it cannot drift from them.
 * Its output has the file's keys and checked values, except secrets, which stay as written.
 */
export function fileSchema(dir: string) {
  const jobName = z.string().regex(/^[a-z][a-z0-9_-]*$/i)
  return section(
    settings.filter(setting => !setting.environmentOnly),
    dir,
    { jobs: z.record(jobName, section(jobSettings, dir)).nullish() },
  )
}

type Shape = Record<string, z.ZodType>

function section(within: readonly Setting[], dir: string, more: Shape = {}): z.ZodType {
  const shape: Shape = {}
  const deeper = new Map<string, Setting[]>()
  for (const setting of within) {
    const [head = '', ...rest] = setting.key.split('.')
    if (rest.length === 0) shape[head] = setting.required ? scalar(setting, dir) : scalar(setting, dir).optional()
    else deeper.set(head, [...(deeper.get(head) ?? []), { ...setting, key: rest.join('.') }])
  }
  // A section whose lines are all commented out reads as null, and means the defaults.
  for (const [head, inside] of deeper) shape[head] = section(inside, dir).nullish()
  return z.strictObject({ ...shape, ...more })
}

function scalar({ kind }: Setting, dir: string) {
  return z.any().transform((raw, context) => {
    const checked = raw === undefined ? { problem: 'is missing' } : checkGiven(kind, raw, dir)
    if ('value' in checked) return checked.value
    const { problem, hint } = { hint: undefined, ...checked }
    context.issues.push({ code: 'custom', message: problem, input: raw, params: { hint } })
    return z.NEVER
  })
}
