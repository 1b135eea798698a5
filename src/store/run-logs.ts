import type { ISql } from 'postgres'

/** Writes what a run has logged so far. */
export async function writeRunLog(sql: ISql, runId: number, text: string): Promise<void> {
  await sql`
    insert into ingest_run_logs (run_id, text) values (${runId}, ${text})
    on conflict (run_id) do update set text = excluded.text`
}

/** Undefined where nothing was kept. */
export async function readRunLog(sql: ISql, runId: number): Promise<string | undefined> {
  const [found] = await sql<{ text: string }[]>`select text from ingest_run_logs where run_id = ${runId}`
  return found?.text
}
