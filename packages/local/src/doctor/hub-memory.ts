import { withDatabase, type DatabaseSession } from './adapters/database-session.js';
import type { Examination } from './examination.js';

/** A part of a site as its heartbeat names it. */
export type Component = 'store' | 'kafka' | 'database' | 'inference';

/** When the hub last heard of a site, ISO 8601: from then on its edge, or its broker, was silent. Null when it cannot tell. */
export function lastHeardOf(examination: Examination, site: string, signal: AbortSignal): Promise<string | null> {
  return askHub(examination, signal, async (db) => {
    const [row] = await db.rows<{ at: Date | null }>('select heartbeat_received_at as at from sites where name = $1', [
      site,
    ]);
    return row?.at ?? null;
  });
}

/** Since when a part of a site is down, by the alarm that the site's heartbeats raised at the hub; null without one. */
export function downSince(
  examination: Examination,
  site: string,
  component: Component,
  signal: AbortSignal,
): Promise<string | null> {
  return askHub(examination, signal, async (db) => {
    const [row] = await db.rows<{ since: Date }>(
      `select since from alarms
        where site = $1 and kind = 'component-down' and closed_at is null and strpos(detail, $2) > 0`,
      [site, component],
    );
    return row?.since ?? null;
  });
}

/** When the hub last received anything of any site; null when it cannot tell. */
export function lastReceived(examination: Examination, signal: AbortSignal): Promise<string | null> {
  return askHub(examination, signal, async (db) => {
    const [row] = await db.rows<{ at: Date | null }>('select max(last_received_at) as at from sites');
    return row?.at ?? null;
  });
}

/** What cannot be asked is not known: the hub's own checks tell why. */
async function askHub(
  { state }: Examination,
  signal: AbortSignal,
  question: (db: DatabaseSession) => Promise<Date | null>,
): Promise<string | null> {
  if (state === null) return null;
  try {
    const at = await withDatabase('the database of the hub', state.hub.databaseUrl, signal, question);
    return at?.toISOString() ?? null;
  } catch {
    return null;
  }
}
