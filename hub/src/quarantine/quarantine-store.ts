import { createHash } from 'node:crypto';
import type { Queryable, ReceivedMessage } from '@hilum/runtime';

/** A record that did not conform, and why. */
export interface Refused {
  message: Pick<ReceivedMessage, 'topic' | 'partition' | 'offset' | 'value'>;
  code: string;
  detail: string;
  mayBeIdentity: boolean;
}

/**
 * Stores where a record lies, why it was refused, and its size and hash, by which a site can find it again; never its
 * content.
 * @returns those that were not there before: a record delivered again is told once
 */
export async function storeQuarantined(
  db: Queryable,
  site: string,
  receivedAt: Date,
  refused: readonly Refused[],
): Promise<Refused[]> {
  if (refused.length === 0) return [];
  const payloads = refused.map(({ message }) => message.value ?? Buffer.alloc(0));
  const { rows } = await db.query<{ topic: string; partition: number; offset: string }>(
    `insert into quarantine (topic, partition, "offset", site, received_at, code, detail, may_be_identity,
                             payload_sha256, payload_bytes)
     select topic, partition, "offset", $9, $10, code, detail, may_be_identity, sha256, bytes
       from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::int[])
            as r (topic, partition, "offset", code, detail, may_be_identity, sha256, bytes)
     on conflict do nothing
     returning topic, partition, "offset"::text as "offset"`,
    [
      refused.map(({ message }) => message.topic),
      refused.map(({ message }) => message.partition),
      refused.map(({ message }) => message.offset),
      refused.map(({ code }) => code),
      refused.map(({ detail }) => detail),
      refused.map(({ mayBeIdentity }) => mayBeIdentity),
      payloads.map((payload) => createHash('sha256').update(payload).digest('hex')),
      payloads.map((payload) => payload.length),
      site,
      receivedAt,
    ],
  );
  const placeOf = (row: { topic: string; partition: number; offset: string }): string =>
    `${row.topic}/${row.partition}/${row.offset}`;
  const stored = new Set(rows.map(placeOf));
  return refused.filter(({ message }) => stored.has(placeOf(message)));
}
