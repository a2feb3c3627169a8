import { HUB_BOUND_TOPICS, hubBoundEvents, type HubBoundTopic } from '@hilum/contracts';
import type { Queryable } from '@hilum/runtime';
import { z } from 'zod';

/** A topic that may leave a site, and every field that its events may have. */
export interface AllowedTopic {
  topic: HubBoundTopic;
  eventType: string;
  /** with dots for what is inside: `model.digest` */
  fields: string[];
}

/** As the schemas have it that events are checked by on arrival: there is no other list to keep. */
export function allowedTopics(): AllowedTopic[] {
  return HUB_BOUND_TOPICS.map((topic) => {
    const { type, schema } = hubBoundEvents[topic];
    return { topic, eventType: type, fields: fieldsOf(z.toJSONSchema(schema) as Node) };
  });
}

interface Node {
  properties?: Record<string, Node>;
  items?: Node | Node[];
  anyOf?: Node[];
}

function fieldsOf(node: Node, prefix = ''): string[] {
  return [
    ...Object.entries(node.properties ?? {}).flatMap(([name, inner]) => {
      const below = fieldsOf(inner, `${prefix}${name}.`);
      return below.length > 0 ? below : [`${prefix}${name}`];
    }),
    ...(node.anyOf ?? []).flatMap((branch) => fieldsOf(branch, prefix)),
    ...[node.items ?? []].flat().flatMap((item) => fieldsOf(item, prefix)),
  ];
}

/** Records that were refused for one reason at one site. */
export interface QuarantineCount {
  site: string;
  code: string;
  mayBeIdentity: boolean;
  total: number;
  /** ISO 8601 UTC */
  firstAt: string;
  lastAt: string;
}

/** Those that may hold an identity first, then the latest first; as long as the quarantine is kept. */
export async function countQuarantine(db: Queryable): Promise<QuarantineCount[]> {
  const { rows } = await db.query<{
    site: string;
    code: string;
    may_be_identity: boolean;
    total: number;
    first_at: Date;
    last_at: Date;
  }>(
    `select site, code, may_be_identity, count(*) as total, min(received_at) as first_at, max(received_at) as last_at
       from quarantine group by site, code, may_be_identity
      order by may_be_identity desc, last_at desc, site, code`,
  );
  return rows.map(({ site, code, may_be_identity: mayBeIdentity, total, first_at: first, last_at: last }) => ({
    ...{ site, code, mayBeIdentity, total, firstAt: first.toISOString(), lastAt: last.toISOString() },
  }));
}
