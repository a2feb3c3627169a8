import type { Queryable } from '@hilum/runtime';
import type { FleetSource } from '../compliance/compliance-state.js';
import type { FleetObject, FleetObjectId, FleetObjectKind } from './fleet-object.js';

/** An object as the hub keeps it. */
export type KnownFleetObject<Kind extends FleetObjectKind = FleetObjectKind> = Extract<FleetObject, { kind: Kind }> & {
  source: FleetSource;
  /** when the source last told of it; ISO 8601 UTC */
  observedAt: string;
};

interface DbRow extends Record<string, unknown> {
  source: FleetSource;
  data: FleetObject;
  observed_at: Date;
}

function knownOf({ source, data, observed_at: observedAt }: DbRow): KnownFleetObject {
  return { ...data, source, observedAt: observedAt.toISOString() };
}

/** Objects of one kind, by namespace and name. @param filter only those of one cluster */
export async function listFleetObjects<Kind extends FleetObjectKind>(
  db: Queryable,
  kind: Kind,
  filter: { site?: string | undefined } = {},
): Promise<KnownFleetObject<Kind>[]> {
  const { rows } = await db.query<DbRow>(
    `select source, data, observed_at from fleet_objects
      where kind = $1 and ($2::text is null or site = $2) order by namespace collate "C", name collate "C"`,
    [kind, filter.site ?? null],
  );
  // what was stored under a kind is of that kind
  return rows.map(knownOf) as KnownFleetObject<Kind>[];
}

/** Objects by kind, namespace and name. @param page continues after one */
export async function pageOfFleetObjects(
  db: Queryable,
  filter: { kind?: FleetObjectKind | undefined; site?: string | undefined },
  page: {
    after?: { kind?: string | undefined; namespace?: string | undefined; name?: string | undefined } | undefined;
    limit: number;
  },
): Promise<KnownFleetObject[]> {
  const { rows } = await db.query<DbRow>(
    `select source, data, observed_at from fleet_objects
      where ($1::text is null or kind = $1) and ($2::text is null or site = $2)
        and ($3::text is null
             or (kind collate "C", namespace collate "C", name collate "C") > ($3, $4::text, $5::text))
      order by kind collate "C", namespace collate "C", name collate "C" limit $6`,
    [
      filter.kind ?? null,
      filter.site ?? null,
      page.after?.kind ?? null,
      page.after?.namespace ?? null,
      page.after?.name ?? null,
      page.limit,
    ],
  );
  return rows.map(knownOf);
}

export async function storeFleetObjects(
  db: Queryable,
  now: Date,
  source: FleetSource,
  objects: readonly FleetObject[],
): Promise<void> {
  if (objects.length === 0) return;
  await db.query(
    `insert into fleet_objects (source, kind, namespace, name, site, data, observed_at)
     select $1, o ->> 'kind', o ->> 'namespace', o ->> 'name', o ->> 'site', o, $2
       from jsonb_array_elements($3::jsonb) as o order by 2, 3, 4
     on conflict (source, kind, namespace, name)
     do update set site = excluded.site, data = excluded.data, observed_at = excluded.observed_at`,
    [source, now, JSON.stringify(objects)],
  );
}

export async function removeFleetObjects(
  db: Queryable,
  source: FleetSource,
  ids: readonly FleetObjectId[],
): Promise<void> {
  if (ids.length === 0) return;
  await db.query(
    `delete from fleet_objects
      where source = $1 and (kind, namespace, name) in (select * from unnest($2::text[], $3::text[], $4::text[]))`,
    [source, ids.map(({ kind }) => kind), ids.map(({ namespace }) => namespace), ids.map(({ name }) => name)],
  );
}

/** Removes the objects of a kind but for these. */
export async function removeOtherFleetObjects(
  db: Queryable,
  source: FleetSource,
  kind: FleetObjectKind,
  kept: readonly FleetObjectId[],
): Promise<void> {
  await db.query(
    `delete from fleet_objects
      where source = $1 and kind = $2
        and (namespace, name) not in (select * from unnest($3::text[], $4::text[]))`,
    [source, kind, kept.map(({ namespace }) => namespace), kept.map(({ name }) => name)],
  );
}
