import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examine, ownerOf, whyNotRunning } from './examination.js';
import { fleetState, processRecord, sampleExamination } from './testing/sample-examination.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hilum-examination-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a data folder', () => {
  it('that is absent is looked at all the same', () => {
    const absent = join(dir, 'absent');
    expect(examine(absent, {})).toMatchObject({
      exists: false,
      supervisor: null,
      state: null,
      stateProblem: null,
      config: { sites: [] },
      configProblem: null,
      sites: [],
    });
  });

  it('whose files are broken tells so without a word of what is in them', () => {
    writeFileSync(join(dir, 'state.json'), '{"tokens": "hilum_secret');
    writeFileSync(join(dir, 'config.json'), '{"version": 1, "sites": "hilum_secret"}');
    const { state, stateProblem, config, configProblem } = examine(dir, {});
    expect(state).toBeNull();
    expect(stateProblem).toBe('state.json is not JSON');
    expect(config).toBeNull();
    expect(configProblem).toContain('config.json is not usable');
    expect(configProblem).not.toContain('secret');
    writeFileSync(join(dir, 'config.json'), '{"version": 2}');
    expect(examine(dir, {}).configProblem).toContain('config.json is of version 2 and this Hilum reads version 1');
    writeFileSync(join(dir, 'state.json'), JSON.stringify({ version: 1, hub: { databaseUrl: 'hilum_secret' } }));
    expect(examine(dir, {}).stateProblem).toMatch(/^state\.json is not usable: supervisor, hub\.url/);
    expect(examine(dir, {}).stateProblem).not.toContain('secret');
  });

  it('is read with the sites of both files, each once', () => {
    writeFileSync(join(dir, 'state.json'), JSON.stringify(fleetState([])));
    writeFileSync(join(dir, 'config.json'), JSON.stringify({ version: 1, sites: ['riverside'], ports: {} }));
    chmodSync(join(dir, 'state.json'), 0o600);
    expect(examine(dir, {})).toMatchObject({ exists: true, stateProblem: null, sites: ['riverside', 'st-agnes'] });
  });
});

describe('what cannot be looked at', () => {
  it.each([
    ['nothing runs here', sampleExamination({ supervisor: null })],
    ['state.json is not JSON', sampleExamination({ state: null, stateProblem: 'state.json is not JSON' })],
    ['there is no state.json', sampleExamination({ state: null })],
    ['hub is not among what was started', sampleExamination()],
  ])('is told: %s', (why, examination) => {
    expect(whyNotRunning(examination, 'st-agnes-edge', 'hub')).toBe(why);
  });

  it('is nothing when the processes are there, well or not', () => {
    const restarting = processRecord('hub', { state: 'restarting', pid: null });
    expect(whyNotRunning(sampleExamination({ state: fleetState([restarting]) }), 'hub')).toBeNull();
  });
});

describe('a process', () => {
  it.each([
    ['hub', 'hub'],
    ['hub-kafka', 'hub'],
    ['st-agnes-edge', 'st-agnes'],
    ['st-agnes-north-edge', 'st-agnes-north'],
    ['simulator', 'machine'],
  ])('%s is of %s', (name, owner) => {
    expect(ownerOf(name, ['st-agnes', 'st-agnes-north'])).toBe(owner);
  });
});
