import type pg from 'pg';
import type { SequencePosition } from './backup-manifest.js';

/** Kept by the migrations themselves, so not among what is copied. */
export const MIGRATIONS_TABLE = 'schema_migrations';

export interface TableShape {
  schema: string;
  name: string;
  /** in their own order, without the generated ones */
  columns: string[];
}

/** Both names, quoted. */
export function qualifiedName({ schema, name }: { schema: string; name: string }): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/**
 * The services' tables, each after those it refers to. A partitioned table is one, its partitions are not: the service makes
 * those while it runs, and moves what a restore leaves in the default partition.
 * @throws Error when they refer to each other in a circle
 */
export async function readTables(client: pg.ClientBase): Promise<TableShape[]> {
  const { rows: tables } = await client.query<TableShape>(
    `select n.nspname as schema, c.relname as name,
       array_agg(a.attname::text order by a.attnum) filter (where a.attgenerated = '') as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relkind in ('r', 'p') and not c.relispartition and ${OWN_SCHEMA} and c.relname <> $1
     group by n.nspname, c.relname order by n.nspname, c.relname`,
    [MIGRATIONS_TABLE],
  );
  const { rows: references } = await client.query<Record<'schema' | 'name' | 'toSchema' | 'toName', string>>(
    `select n.nspname as schema, c.relname as name, rn.nspname as "toSchema", r.relname as "toName"
     from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_namespace n on n.oid = c.relnamespace
     join pg_class r on r.oid = f.confrelid join pg_namespace rn on rn.oid = r.relnamespace
     where f.contype = 'f' and f.conrelid <> f.confrelid and ${OWN_SCHEMA}`,
  );
  return inOrderOfReference(
    tables,
    qualifiedName,
    references.map(({ toSchema, toName, ...from }) => ({
      from: qualifiedName(from),
      to: qualifiedName({ schema: toSchema, name: toName }),
    })),
  );
}

const OWN_SCHEMA = `n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'`;

export interface Reference {
  from: string;
  to: string;
}

/** Sorts so that everything comes after what it refers to; otherwise the order stays. @throws Error on a circle */
export function inOrderOfReference<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  references: readonly Reference[],
): Item[] {
  const byName = new Map(items.map((item) => [nameOf(item), item]));
  const sorted = new Set<Item>();
  const visit = (item: Item, path: readonly string[]): void => {
    if (sorted.has(item)) return;
    const name = nameOf(item);
    if (path.includes(name))
      throw new Error(
        `tables refer to each other in a circle: ${[...path, name].join(', ')}: no order to load them in`,
      );
    for (const { from, to } of references) {
      const target = from === name ? byName.get(to) : undefined;
      if (target !== undefined) visit(target, [...path, name]);
    }
    sorted.add(item);
  };
  for (const item of items) visit(item, []);
  return [...sorted];
}

/** Where every sequence stands, those behind identity columns included. */
export async function readSequences(client: pg.ClientBase): Promise<SequencePosition[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'S' and ${OWN_SCHEMA} and not exists (
       select from pg_depend d join pg_class t on t.oid = d.refobjid
       where d.objid = c.oid and d.deptype in ('a', 'i') and t.relname = $1)
     order by n.nspname, c.relname`,
    [MIGRATIONS_TABLE],
  );
  const positions: SequencePosition[] = [];
  for (const sequence of rows) {
    const { rows: states } = await client.query<{ last: string; called: boolean }>(
      `select last_value::text as last, is_called as called from ${qualifiedName(sequence)}`,
    );
    const [state] = states;
    if (state !== undefined) positions.push({ ...sequence, lastValue: state.last, isCalled: state.called });
  }
  return positions;
}
