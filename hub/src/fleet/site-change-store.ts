import type { ModelReference } from '@hilum/contracts';
import type { Database, Queryable } from '@hilum/runtime';

/** Key of the advisory lock under which changes are noted: replicas would note the same one twice. */
const NOTES_LOCK = 0x68696c6e;

interface Told extends Record<string, unknown> {
  site: string;
  model: ModelReference | null;
  appVersion: string | null;
  notedModel: ModelReference | null;
  notedAppVersion: string | null;
}

/**
 * Notes at which sites the latest heartbeat tells of another model or application version than was noted before. A
 * heartbeat that tells of no model (the scoring service is away) changes nothing. Safe to be called by several replicas.
 */
export async function noteChanges(database: Database, now: Date): Promise<void> {
  // mostly nothing did, and nobody waits for a lock then
  if ((await toldOtherwise(database)).length === 0) return;
  await database.transaction(async (db) => {
    await db.query('select pg_advisory_xact_lock($1)', [NOTES_LOCK]);
    const told = await toldOtherwise(db);
    const changes = told.flatMap(({ site, model, appVersion, notedModel, notedAppVersion }) => [
      ...(model !== null && !isSameModel(model, notedModel)
        ? [{ site, kind: 'model', before: notedModel, after: model }]
        : []),
      ...(appVersion !== null && appVersion !== notedAppVersion
        ? [{ site, kind: 'app', before: notedAppVersion, after: appVersion }]
        : []),
    ]);
    await db.query(
      `insert into site_changes (site, at, kind, before, after)
       select c.site, $1, c.kind, nullif(c.before, 'null'), c.after
         from jsonb_to_recordset($2::jsonb) as c (site text, kind text, before jsonb, after jsonb)`,
      [now, JSON.stringify(changes)],
    );
    await db.query(
      `insert into site_notes (site, model, app_version)
       select n.site, nullif(n.model, 'null'), n.app_version
         from jsonb_to_recordset($1::jsonb) as n (site text, model jsonb, app_version text)
       on conflict (site) do update set model = coalesce(excluded.model, site_notes.model),
                                        app_version = coalesce(excluded.app_version, site_notes.app_version)`,
      [JSON.stringify(told.map(({ site, model, appVersion }) => ({ site, model, app_version: appVersion })))],
    );
  });
}

async function toldOtherwise(db: Queryable): Promise<Told[]> {
  const { rows } = await db.query<Told>(
    `select s.name as site, s.model, s.app_version as "appVersion", n.model as "notedModel",
            n.app_version as "notedAppVersion"
       from (select name, nullif(heartbeat -> 'model', 'null') as model, heartbeat ->> 'appVersion' as app_version
               from sites where heartbeat is not null) s
       left join site_notes n on n.site = s.name
      where n.site is null or coalesce(s.model, n.model) is distinct from n.model
         or s.app_version is distinct from n.app_version
      order by s.name`,
  );
  return rows;
}

function isSameModel(model: ModelReference, other: ModelReference | null): boolean {
  return (
    other !== null && model.name === other.name && model.version === other.version && model.digest === other.digest
  );
}
