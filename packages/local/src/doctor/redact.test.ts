import { describe, expect, it } from 'vitest';
import { redact, secretsOf } from './redact.js';
import { fleetState } from './testing/sample-examination.js';

describe('secrets', () => {
  it('of the hub and every site are hidden, wherever a library puts them', () => {
    const state = fleetState([]);
    const [site] = state.sites;
    const text =
      `connect ${site?.databaseUrl} failed: password "hub-password", ` +
      `${site?.tokens.staff} ${state.hub.tokens.compliance} ${state.hub.s3.secretAccessKey}`;
    const hidden = redact(text, secretsOf(state));
    expect(hidden).toBe('connect [hidden] failed: password "[hidden]", [hidden] [hidden] [hidden]');
  });

  it('are none where nothing is known, and no empty or short text is taken for one', () => {
    expect(secretsOf(null)).toEqual([]);
    const state = fleetState([]);
    state.hub.databaseUrl = 'no address';
    state.hub.tokens.compliance = '';
    expect(redact('abc', secretsOf(state))).toBe('abc');
  });
});
