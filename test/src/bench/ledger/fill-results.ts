import { readFileSync } from 'node:fs';
import type pg from 'pg';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export const FILLED_DAYS = 30;
/** Of all results. */
export const FILLED_MODEL = {
  name: 'hilum-pneumonia',
  version: '0.1.0',
  digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
};

/** Rows as the hub records them, evenly over the days before, day by day; and the sums of them. */
export async function fillResults(
  database: pg.Client,
  sites: readonly string[],
  count: number,
  now: number,
  onProgress: (line: string) => void,
): Promise<void> {
  const perDay = Math.ceil(count / FILLED_DAYS);
  const buckets = await latencyBucketColumns(database);
  const begin = now - HOUR_MS - FILLED_DAYS * DAY_MS;
  for (let day = 0; day < FILLED_DAYS; day += 1) {
    const [from, until] = [new Date(begin + day * DAY_MS), new Date(begin + (day + 1) * DAY_MS)];
    await database.query(
      `insert into results (id, site, sequence, received_at, trace_id, study_pseudonym, image_pseudonym, decision,
                            probability, reason, priority, model_name, model_version, model_digest, input, timings_ms,
                            uploaded_at, scored_at, supersedes, latency_ms)
       select encode(sha256(convert_to('id' || $5::int || ' ' || n, 'UTF8')), 'hex'), ($1::text[])[1 + n % $2::int],
              1000 + n, scored_at, null, repeat(md5(n::text), 2), repeat(md5('i' || n::text), 2),
              (array['normal', 'normal', 'review', 'pneumonia-suspected'])[1 + n % 4], 0.5, null, 'routine',
              $6, $7, $8,
              '{"kind":"jpeg","width":1800,"height":1400,"bits":8,"stats":{"mean":0.5,"std":0.2,"min":0,"max":1}}',
              '{"notify":12,"queue":5,"fetch":9,"decode":14,"predict":22,"explain":49,"publish":8}',
              scored_at - latency_ms * interval '1 ms', scored_at, null, latency_ms
         from (select n, $3::timestamptz + (n::float8 / $4) * interval '1 day' as scored_at,
                      80 + power((n::bigint * 7919) % 97, 2) as latency_ms
                 from generate_series(0, $4::int - 1) n) made`,
      [sites, sites.length, from, perDay, day, FILLED_MODEL.name, FILLED_MODEL.version, FILLED_MODEL.digest],
    );
    for (const [table, unit] of [
      ['site_hours', 'hour'],
      ['site_days', 'day'],
    ] as const)
      await database.query(
        `insert into ${table}
         select site, date_trunc('${unit}', scored_at, 'UTC'), count(*) filter (where decision = 'normal'),
                count(*) filter (where decision = 'review'), count(*) filter (where decision = 'pneumonia-suspected'),
                count(*) filter (where decision = 'unreadable'), ${buckets.counts}
           from results where scored_at >= $1 and scored_at < $2 and sequence >= 1000 group by 1, 2
         on conflict (site, ${unit}) do update set ${buckets.add(table)}`,
        [from, until],
      );
    if (day % 5 === 4) onProgress(`${(day + 1) * perDay} results`);
  }
}

/** The bounds of the buckets, as the migration that made the columns knows them. */
async function latencyBucketColumns(database: pg.Client): Promise<{ counts: string; add: (table: string) => string }> {
  const migration = readFileSync(new URL('../../../../hub/migrations/0002_partitions.sql', import.meta.url), 'utf8');
  const bounds = /array\[([\d,\s]+)\]::float8\[\]/.exec(migration)?.[1] ?? '';
  const { rows } = await database.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = 'site_hours'::regclass and attnum > 2 order by attnum`,
  );
  const columns = rows.map(({ name }) => name);
  return {
    counts: columns
      .filter((name) => /^l\d+$/.test(name))
      .map((name) => `count(*) filter (where width_bucket(latency_ms, array[${bounds}]::float8[]) = ${name.slice(1)})`)
      .join(', '),
    add: (table) => columns.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(', '),
  };
}
