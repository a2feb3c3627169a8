import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { siteTopics } from '@hilum/contracts';
import pg from 'pg';
import { getAll, type Fleet, type SiteState } from '../../support/fleet.js';
import { kafkaClient, readAll, withAdmin } from '../../support/kafka-access.js';
import { s3ClientFor } from '../../support/s3-client.js';

/** The groups that must not commit past work that is not done, and what each reads. */
const SITE_GROUPS = [
  { groupId: 'edge.dispatcher', topic: siteTopics.uploads },
  { groupId: 'edge.results', topic: siteTopics.studyScored },
] as const;

export interface SiteOutcome {
  eventId: string;
  sequence: number;
  decision: string;
  reason: string | null;
}

export interface SiteImage {
  imageId: string;
  studyId: string;
  key: string;
  sha256: string | null;
  outcomes: SiteOutcome[];
}

/** A site as anybody with its keys can see it. */
export interface SiteObservation {
  name: string;
  images: SiteImage[];
  /** studies as the list shows them */
  studies: number;
  /** highest sequence given */
  sequence: number;
  outboxPending: number;
  rejectedEvents: number;
  /** urgent findings, and the messages about them that the receiver confirmed */
  urgent: number;
  notified: number;
  /** records that a group has not committed, by group */
  lag: Record<string, number>;
  deadLetters: { code: string | null }[];
  /** image ids of the JSON objects in the results bucket, one entry for each object */
  resultObjects: string[];
}

export interface HubRow {
  id: string;
  sequence: number;
  decision: string;
}

/** What the hub has of one site. */
export interface HubSiteObservation {
  rows: HubRow[];
  /** as /api/v1/sites counts them */
  total: number;
  missing: number;
  quarantined: number;
}

export interface FleetObservation {
  sites: SiteObservation[];
  hub: Record<string, HubSiteObservation>;
  /** processes that are not ready */
  notReady: string[];
  /** messages about urgent findings that the staff's system got, repeats not counted */
  told: number;
}

/**
 * Everything that the invariants speak of, read from outside: databases, topics, buckets and the hub's API.
 * @param told see {@link FleetObservation}
 */
export async function observe(fleet: Fleet, told: number): Promise<FleetObservation> {
  const { state } = fleet;
  const sites = await Promise.all(state.sites.map(observeSite));
  return {
    sites,
    hub: await observeHub(fleet),
    notReady: state.processes.filter((process) => process.state !== 'ready').map(({ name }) => name),
    told,
  };
}

async function observeSite(site: SiteState): Promise<SiteObservation> {
  const kafka = kafkaClient(site.kafka);
  const [database, lag, deadLetters, resultObjects] = await Promise.all([
    withDatabase(site.databaseUrl, readSiteDatabase),
    withAdmin(kafka, async (admin) => {
      const lags: Record<string, number> = {};
      for (const { groupId, topic } of SITE_GROUPS) {
        const ends = await admin.fetchTopicOffsets(topic);
        const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
        lags[groupId] = ends.reduce((sum, { partition, low, high }) => {
          const committed = Number(group?.partitions.find((p) => p.partition === partition)?.offset ?? -1);
          return sum + Number(high) - Math.max(committed, Number(low));
        }, 0);
      }
      return lags;
    }),
    readAll(kafka, siteTopics.uploadsDeadLetter),
    listResultObjects(site),
  ]);
  return {
    name: site.name,
    ...database,
    lag,
    deadLetters: deadLetters.map(({ headers }) => ({ code: headers['hilum_error_code'] ?? null })),
    resultObjects,
  };
}

type SiteDatabase = Omit<SiteObservation, 'name' | 'lag' | 'deadLetters' | 'resultObjects'>;

async function readSiteDatabase(client: pg.Client): Promise<SiteDatabase> {
  const { rows: results } = await client.query<{
    image_id: string;
    study_id: string;
    object_key: string;
    sha256: string | null;
    event_id: string | null;
    sequence: string;
    decision: string;
    reason: string | null;
  }>(
    `select image_id, study_id, object_key, i.sha256, r.event_id, r.sequence, r.decision, r.reason
     from images i left join results r using (image_id) order by image_id, r.sequence`,
  );
  const { rows: numbers } = await client.query<
    Record<'studies' | 'sequence' | 'pending' | 'rejected' | 'urgent' | 'notified', string>
  >(
    `select (select count(*) from studies) as studies, (select sequence from site_state) as sequence,
       (select count(*) from outbox where published_at is null) as pending,
       (select count(*) from rejected_events) as rejected,
       (select count(*) from results where decision = 'pneumonia-suspected') as urgent,
       (select count(*) from notifications where state = 'delivered') as notified`,
  );
  const images = new Map<string, SiteImage>();
  for (const row of results) {
    const image = images.get(row.image_id) ?? {
      imageId: row.image_id,
      studyId: row.study_id,
      key: row.object_key,
      sha256: row.sha256,
      outcomes: [],
    };
    images.set(row.image_id, image);
    const { event_id: eventId, sequence, decision, reason } = row;
    if (eventId !== null) image.outcomes.push({ eventId, sequence: Number(sequence), decision, reason });
  }
  const [number] = numbers;
  return {
    images: [...images.values()],
    studies: Number(number?.studies),
    sequence: Number(number?.sequence),
    outboxPending: Number(number?.pending),
    rejectedEvents: Number(number?.rejected),
    urgent: Number(number?.urgent),
    notified: Number(number?.notified),
  };
}

async function listResultObjects(site: SiteState): Promise<string[]> {
  const s3 = s3ClientFor(site);
  const imageIds: string[] = [];
  try {
    for (let token: string | undefined; ;) {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket: site.s3.resultsBucket, ContinuationToken: token, MaxKeys: 1000 }),
      );
      for (const { Key = '' } of page.Contents ?? [])
        if (Key.endsWith('.json')) imageIds.push(Key.slice(0, Key.indexOf('/')));
      token = page.NextContinuationToken;
      if (token === undefined) return imageIds;
    }
  } finally {
    s3.destroy();
  }
}

async function observeHub(fleet: Fleet): Promise<Record<string, HubSiteObservation>> {
  const { hub, sites } = fleet.state;
  const token = hub.tokens['data-science'];
  const [rows, siteRows, quarantined] = await Promise.all([
    getAll<HubRow & { site: string }>(`${hub.url}/api/v1/results?limit=500`, token),
    getAll<{ name: string; missing: number; counts: { total: number } }>(`${hub.url}/api/v1/sites`, token),
    withDatabase(hub.databaseUrl, async (client) => {
      const { rows: counts } = await client.query<{ site: string; count: string }>(
        'select site, count(*) as count from quarantine group by site',
      );
      return new Map(counts.map(({ site, count }) => [site, Number(count)]));
    }),
  ]);
  return Object.fromEntries(
    sites.map(({ name }) => {
      const site = siteRows.find((row) => row.name === name);
      return [
        name,
        {
          rows: rows.filter((row) => row.site === name),
          total: site?.counts.total ?? 0,
          missing: site?.missing ?? 0,
          quarantined: quarantined.get(name) ?? 0,
        },
      ];
    }),
  );
}

/** Outcomes at each site, and rows at the hub of each: the quick look while a scenario settles. */
export async function countOutcomes(fleet: Fleet): Promise<{ site: string; outcomes: number; rows: number }[]> {
  const { hub, sites } = fleet.state;
  return Promise.all(
    sites.map(async ({ name, databaseUrl }) => ({
      site: name,
      outcomes: await count(databaseUrl, 'select count(distinct image_id) as count from results'),
      rows: await count(hub.databaseUrl, 'select count(*) as count from results where site = $1', [name]),
    })),
  );
}

/** The number that a query gives as `count`. */
export async function count(databaseUrl: string, text: string, values: string[] = []): Promise<number> {
  return withDatabase(databaseUrl, async (client) => {
    const { rows } = await client.query<{ count: string }>(text, values);
    return Number(rows[0]?.count);
  });
}

async function withDatabase<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 3_000, query_timeout: 20_000 });
  // the server may be killed while we look: the query then fails, and whoever asked asks again
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
