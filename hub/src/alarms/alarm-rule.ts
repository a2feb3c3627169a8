import type { SiteHeartbeat } from '@hilum/contracts';
import { FRESH_MS, type SiteState } from '../fleet/site-state-rule.js';

export const ALARM_KINDS = [
  'site-late',
  'site-dead',
  'sequences-missing',
  'dead-letters',
  'component-down',
  'quarantine',
] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

export const ALARM_SEVERITIES = ['warning', 'critical'] as const;
export type AlarmSeverity = (typeof ALARM_SEVERITIES)[number];

/** Something at a site that a person should know of, for as long as it holds. */
export interface AlarmCondition {
  site: string;
  kind: AlarmKind;
  severity: AlarmSeverity;
  /** for a person, who reads it after the kind in words; holds no patient data */
  detail: string;
}

/** Kinds that end only when a person has looked: that a leak has stopped does not undo it. */
export const HELD_ALARM_KINDS: readonly AlarmKind[] = ['quarantine'];

/**
 * What is wrong at one site now. What only heartbeats tell is judged by the last one, also when it is old: silence
 * does not repair a store.
 */
export function alarmConditions(site: {
  name: string;
  state: SiteState;
  missing: number;
  /** for how long the hub has known of the site */
  knownForMs: number;
  heartbeat: Pick<SiteHeartbeat, 'deadLetters' | 'status'> | null;
}): AlarmCondition[] {
  const conditions: AlarmCondition[] = [];
  const add = (kind: AlarmKind, severity: AlarmSeverity, detail: string): void => {
    conditions.push({ site: site.name, kind, severity, detail });
  };
  // a site that was just seen for the first time is late, but has not been for long
  if (site.state === 'late' && (site.heartbeat !== null || site.knownForMs > FRESH_MS))
    add('site-late', 'warning', 'no fresh heartbeat for more than 45 seconds');
  if (site.state === 'dead') add('site-dead', 'critical', 'nothing received for more than 5 minutes');
  if (site.missing > 0)
    add('sequences-missing', 'critical', `${site.missing} event(s) sent by the site did not arrive here`);
  const deadLetters = site.heartbeat?.deadLetters ?? 0;
  if (deadLetters > 0)
    add('dead-letters', 'warning', `${deadLetters} notification(s) could not be delivered and wait for a decision`);
  const down = Object.entries(site.heartbeat?.status ?? {}).filter(([, state]) => state === 'down');
  if (down.length > 0) add('component-down', 'critical', down.map(([component]) => component).join(', '));
  return conditions;
}
