import { describe, expect, it } from 'vitest';
import { alarmConditions } from './alarm-rule.js';

const up = { store: 'up', kafka: 'up', database: 'up', inference: 'up' } as const;
const fine = {
  name: 'st-agnes',
  state: 'live',
  missing: 0,
  knownForMs: 86_400_000,
  heartbeat: { deadLetters: 0, status: up },
} as const;
const kinds = (site: Parameters<typeof alarmConditions>[0]): string[] => alarmConditions(site).map(({ kind }) => kind);

describe('alarmConditions', () => {
  it('finds nothing at a site that is well', () => {
    expect(kinds(fine)).toEqual([]);
  });

  it('finds late and dead apart, and says nothing of a link that is catching up', () => {
    expect(kinds({ ...fine, state: 'late' })).toEqual(['site-late']);
    expect(kinds({ ...fine, state: 'dead' })).toEqual(['site-dead']);
    expect(kinds({ ...fine, state: 'link-down' })).toEqual([]);
  });

  it('says of a site that is new only after 45 seconds that it has not been heard for as long', () => {
    const unheard = { ...fine, state: 'late', heartbeat: null } as const;
    expect(kinds({ ...unheard, knownForMs: 45_000 })).toEqual([]);
    expect(kinds({ ...unheard, knownForMs: 45_001 })).toEqual(['site-late']);
  });

  it('names every component that is down in one alarm, and none that is merely unknown', () => {
    const heartbeat = {
      deadLetters: 0,
      status: { ...up, store: 'down', inference: 'down', kafka: 'unknown' },
    } as const;
    expect(alarmConditions({ ...fine, heartbeat })).toEqual([
      { site: 'st-agnes', kind: 'component-down', severity: 'critical', detail: 'store, inference' },
    ]);
  });

  it('finds missing events and dead letters, with their numbers', () => {
    const details = alarmConditions({ ...fine, missing: 3, heartbeat: { deadLetters: 2, status: up } });
    expect(details.map(({ kind, detail }) => [kind, detail.slice(0, 1)])).toEqual([
      ['sequences-missing', '3'],
      ['dead-letters', '2'],
    ]);
  });

  it('judges a site without any heartbeat by its state alone', () => {
    expect(kinds({ ...fine, state: 'dead', heartbeat: null })).toEqual(['site-dead']);
  });
});
