import { clockOffsetMs, type Database, type ObjectStore } from '@hilum/runtime';
import type { Answer } from './site-status-rule.js';
import type { DatabaseFacts, ScoringFacts, SiteQuestions } from './site-status.js';

export interface SiteAddresses {
  /** of this service, as this process reaches it */
  ownUrl: string;
  storeEndpoint: string;
  buckets: readonly string[];
  inferenceUrl: string;
}

/** As a stranger would see them: lists of rows, which only who has signed in may see. */
const GUARDED_PATHS = ['/api/v1/studies', '/api/v1/relay'];
const UNAUTHORIZED = 401;
/** HTTP dates tell whole seconds. */
const HTTP_RESOLUTION_MS = 1_000;

/** The questions, asked of the real parts of a site. */
export function siteQuestions(
  { ownUrl, storeEndpoint, buckets, inferenceUrl }: SiteAddresses,
  { database, objects }: { database: Database; objects: Pick<ObjectStore, 'isEncrypted'> },
  now: () => number = Date.now,
): SiteQuestions {
  const bucketUrls = buckets.map((bucket) => `${storeEndpoint.replace(/\/$/, '')}/${bucket}`);
  return {
    anonymousApi: async (signal) => {
      const urls = GUARDED_PATHS.map((path) => new URL(path, ownUrl).href);
      const statuses = await Promise.all(urls.map((url) => statusOf(url, signal)));
      return statuses.every((status) => status === UNAUTHORIZED) ? 'refused' : 'answered';
    },
    anonymousBuckets: async (signal) =>
      anonymousAnswer(await Promise.all(bucketUrls.map((url) => statusOf(url, signal)))),
    areBucketsEncrypted: async () => {
      const told = await Promise.all(buckets.map((bucket) => objects.isEncrypted(bucket)));
      if (told.includes(false)) return false;
      return told.includes(null) ? null : true;
    },
    database: () => askDatabase(database, now),
    scoring: (signal) => askScoring(inferenceUrl, signal, now),
    storeClockOffset: async (signal) => {
      const offset = await httpOffsetSeconds('the store', storeEndpoint, signal, now);
      if (offset === null) throw new Error('the store does not tell the time');
      return offset;
    },
  };
}

/** A store that fails tells nothing about whom it lets in. @throws Error when it does */
function anonymousAnswer(statuses: readonly number[]): Answer {
  if (statuses.some((status) => status < 400)) return 'answered';
  if (statuses.some((status) => status >= 500)) throw new Error('the store is away');
  return 'refused';
}

async function statusOf(url: string, signal: AbortSignal): Promise<number> {
  const response = await fetch(url, { signal, redirect: 'manual' });
  await response.body?.cancel();
  return response.status;
}

async function askDatabase(database: Database, now: () => number): Promise<DatabaseFacts> {
  const askedAtMs = now();
  const { rows } = await database.query<{ ssl: boolean | null; mode: string; archived: Date | null; at: Date }>(
    `select (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as ssl,
            current_setting('archive_mode') as mode,
            (select last_archived_time from pg_stat_archiver) as archived,
            clock_timestamp() as at`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the database does not answer');
  return {
    isTls: row.ssl === true,
    archivedAt: row.mode === 'off' || row.archived === null ? 'never' : row.archived,
    clockOffsetSeconds: seconds({
      of: 'the database',
      askedAtMs,
      answeredAtMs: now(),
      theirsMs: row.at.getTime(),
      resolutionMs: 1,
    }),
  };
}

async function askScoring(inferenceUrl: string, signal: AbortSignal, now: () => number): Promise<ScoringFacts> {
  const askedAtMs = now();
  const response = await fetch(new URL('/metrics', inferenceUrl), { signal });
  const answeredAtMs = now();
  const text = await response.text();
  if (!response.ok) throw new Error(`the scoring service answered ${response.status}`);
  const telemetryOff = /^hilum_inference_telemetry_off(?:\{[^}]*\})? ([01])$/m.exec(text)?.[1];
  return {
    modelDigest: /^hilum_inference_model_info\{[^}]*digest="(sha256:[0-9a-f]{64})"/m.exec(text)?.[1] ?? null,
    isTelemetryOff: telemetryOff === undefined ? null : telemetryOff === '1',
    clockOffsetSeconds: offsetOf(response, { of: 'the scoring service', askedAtMs, answeredAtMs }),
  };
}

async function httpOffsetSeconds(
  of: string,
  url: string,
  signal: AbortSignal,
  now: () => number,
): Promise<number | null> {
  const askedAtMs = now();
  const response = await fetch(url, { signal, redirect: 'manual' });
  const answeredAtMs = now();
  await response.body?.cancel();
  return offsetOf(response, { of, askedAtMs, answeredAtMs });
}

function offsetOf(response: Response, asked: { of: string; askedAtMs: number; answeredAtMs: number }): number | null {
  const theirsMs = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(theirsMs) ? null : seconds({ ...asked, theirsMs, resolutionMs: HTTP_RESOLUTION_MS });
}

function seconds(reading: Parameters<typeof clockOffsetMs>[0]): number {
  return Math.abs(clockOffsetMs(reading)) / 1000;
}
