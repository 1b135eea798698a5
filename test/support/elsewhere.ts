import { type App, openApp } from '../../src/app.ts'
import type { BackfillHow } from '../../src/jobs/backfill.ts'
import { createUnitLoader } from '../../src/jobs/distribute/load-order.ts'
import type { UnitOrder, UnitResult } from '../../src/jobs/distribute/unit-order.ts'

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** Does some work whose units are loaded by two other apps on the same database, in turn; what they are told and say is JSON. */
export async function withElsewhere<T>({ config, clock, log, signal }: App, work: (how: BackfillHow) => Promise<T>): Promise<T> {
  const apps = await Promise.all([1, 2].map(() => openApp({ config, clock, log, signal })))
  const loaders = apps.map(createUnitLoader)
  let turn = 0
  const loadElsewhere = async (order: UnitOrder): Promise<UnitResult> => {
    const loader = loaders[turn++ % loaders.length] as (typeof loaders)[number]
    return throughJson(await loader.load(throughJson(order)))
  }
  try {
    return await work({ loadElsewhere })
  } finally {
    for (const { close } of [...loaders, ...apps]) await close()
  }
}

export interface ElsewhereOption {
  /** Units are loaded by other apps. With `SPORTS_INGEST_TEST_ELSEWHERE=1` that is so in all tests, where they do not say otherwise. */
  elsewhere?: boolean | undefined
}

/** The same where it is asked for, or the work as it is. A dry run is never distributed. */
export async function perhapsElsewhere<T>(
  app: App,
  work: (how?: BackfillHow) => Promise<T>,
  { dryRun = false, elsewhere = process.env['SPORTS_INGEST_TEST_ELSEWHERE'] === '1' }: ElsewhereOption & { dryRun?: boolean },
): Promise<T> {
  return elsewhere && !dryRun ? await withElsewhere(app, work) : await work()
}
