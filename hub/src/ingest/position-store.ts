import type { Queryable, PartitionOffset } from '@hilum/runtime';

/** How far one partition of a topic was read. */
export interface LogPosition extends PartitionOffset {
  /** the broker's cluster id: offsets say nothing of another broker's log */
  log: string;
}

/**
 * Notes what comes next in each partition, in the transaction that records what came before it. Not the highest ever
 * seen: when a log is read again from an earlier place, that place is what is certain.
 */
export async function storePositions(
  db: Queryable,
  positions: readonly (LogPosition & { recordedAt: Date })[],
): Promise<void> {
  // of one partition the last batch counts; and all lock rows in one order
  const last = new Map(positions.map((position) => [`${position.topic}/${position.partition}`, position]));
  const sorted = [...last].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, position]) => position);
  await db.query(
    `insert into consumer_offsets (topic, partition, log, next_offset, recorded_at)
     select * from unnest($1::text[], $2::int[], $3::text[], $4::bigint[], $5::timestamptz[])
     on conflict (topic, partition)
     do update set log = excluded.log, next_offset = excluded.next_offset, recorded_at = excluded.recorded_at`,
    [
      sorted.map(({ topic }) => topic),
      sorted.map(({ partition }) => partition),
      sorted.map(({ log }) => log),
      sorted.map(({ offset }) => offset),
      sorted.map(({ recordedAt }) => recordedAt),
    ],
  );
}

/** What comes next in each partition of a broker's log that the ledger has something of. */
export async function readPositions(db: Queryable, log: string): Promise<PartitionOffset[]> {
  const { rows } = await db.query<{ topic: string; partition: number; offset: string }>(
    `select topic, partition, next_offset::text as "offset" from consumer_offsets where log = $1`,
    [log],
  );
  return rows;
}
