insert into ingest_leases overriding system value select * from jsonb_populate_recordset(null::ingest_leases, $rows$[
{"pid":4711,"host":"cron-1","name":"daily:nba","owner":"7ee011a2-a458-431b-8151-7b7c8307d664","token":1,"expires_at":"2026-11-26T23:18:26.765072+00:00","acquired_at":"2026-11-26T23:17:56.765072+00:00","backend_pid":31369,"backend_start":"2026-11-26T23:17:56.665463+00:00"}
]$rows$);
insert into ingest_runs overriding system value select * from jsonb_populate_recordset(null::ingest_runs, $rows$[
{"id":1,"job":"daily","pid":4711,"host":"cron-1","error":"nba-cdn answered 500 to GET /static/json/staticData/scheduleLeagueV2.json, and without the schedule nothing can be loaded.","sport":"nba","counts":{"days":["2025-01-14"],"rows":{"deleted":0,"updated":0,"inserted":0},"games":{"dead":0,"asked":0,"loaded":0,"corrected":0,"postponed":0,"unchanged":0},"since":"2025-01-14","tables":{},"givenUp":0,"findings":[],"requests":1,"durationMs":231,"failedDays":[]},"status":"stopped","failures":1,"started_at":"2025-01-15T12:00:00.757+00:00","finished_at":"2025-01-15T12:00:00.988+00:00","target_date":"2025-01-14"},
{"id":2,"job":"daily","pid":4711,"host":"cron-1","sport":"nba","counts":{"since":"2025-01-14"},"status":"running","failures":0,"started_at":"2025-01-16T12:00:00.473+00:00","target_date":"2025-01-15"}
]$rows$);
select setval(pg_get_serial_sequence('dead_letters', 'id'), coalesce(max(id), 1), max(id) is not null) from dead_letters;
select setval(pg_get_serial_sequence('ingest_outbox', 'id'), coalesce(max(id), 1), max(id) is not null) from ingest_outbox;
select setval(pg_get_serial_sequence('ingest_runs', 'id'), coalesce(max(id), 1), max(id) is not null) from ingest_runs;
select setval(pg_get_serial_sequence('ingest_watermark_history', 'id'), coalesce(max(id), 1), max(id) is not null) from ingest_watermark_history;
