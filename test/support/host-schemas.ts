import { z } from 'zod'

// What hosts take, as far as manifests of ours go: strict, so that a key which a host does not know is found. Their schemas change with the
// hosts, and two of them are under no licence that lets them be kept here.

const five = z.string().regex(/^(\S+ ){4}\S+$/)

/** As in https://render.com/docs/blueprint-spec (November 2026). */
export const blueprint = z.strictObject({
  services: z.array(
    z
      .strictObject({
        type: z.enum(['cron', 'worker']),
        name: z.string().regex(/^[\w-]+$/),
        runtime: z.enum(['node']),
        schedule: five.optional(),
        buildCommand: z.string(),
        startCommand: z.string(),
        preDeployCommand: z.string().optional(),
        envVars: z.array(
          z.union([
            z.strictObject({ key: z.string(), value: z.string() }),
            z.strictObject({ key: z.string(), sync: z.literal(false) }),
            z.strictObject({
              key: z.string(),
              fromDatabase: z.strictObject({ name: z.string(), property: z.literal('connectionString') }),
            }),
          ]),
        ),
      })
      .refine(({ type, schedule, preDeployCommand }) => (type === 'cron' ? schedule && !preDeployCommand : !schedule)),
  ),
  databases: z.array(z.strictObject({ name: z.string() })),
})

/** As in https://docs.railway.com/config-as-code/reference (November 2026). */
export const railwayConfig = z.strictObject({
  $schema: z.literal('https://railway.com/railway.schema.json'),
  build: z.strictObject({ builder: z.enum(['RAILPACK', 'DOCKERFILE']) }),
  deploy: z.strictObject({
    startCommand: z.string(),
    preDeployCommand: z.array(z.string()).optional(),
    cronSchedule: five.optional(),
    restartPolicyType: z.enum(['ON_FAILURE', 'ALWAYS', 'NEVER']),
  }),
})

/** As in the schema of Heroku's own @heroku/mcp-server 1.0.7 (Apache-2.0), dist/utils/app-json.schema.json. */
export const appJson = z.strictObject({
  name: z
    .string()
    .regex(/^[a-zA-Z-_.]+/)
    .max(300),
  description: z.string(),
  buildpacks: z.array(z.strictObject({ url: z.string() })),
  addons: z.array(z.string()),
  env: z.record(
    z.string().regex(/^[A-Z][A-Z0-9_]*$/),
    z.strictObject({ value: z.string().optional(), required: z.boolean().optional() }),
  ),
  formation: z.record(
    z.string().regex(/^[a-zA-Z0-9_-]+$/),
    z.strictObject({ quantity: z.number().int().min(0), size: z.enum(['eco', 'basic', 'standard-1x', 'standard-2x']) }),
  ),
})
