import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from './fleet-config.js';
import { readFleetState, readUsableFleetState, stateFile, writeFleetState, type FleetState } from './fleet-state.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hilum-state-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const state = { version: 1, supervisor: null, hub: {}, sites: [], processes: [] } as unknown as FleetState;

describe('readFleetState', () => {
  it('gives what was written, and null where nothing ever ran', () => {
    expect(readFleetState(dir)).toBeNull();
    expect(readFleetState(join(stateFile(dir), 'below-a-file'))).toBeNull();
    writeFleetState(dir, state);
    expect(readFleetState(dir)).toEqual(state);
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, 20)],
    ['empty', () => ''],
    ['of another version', (text: string) => text.replace('"version": 1', '"version": 2')],
    ['something else', () => '[]'],
    ['nothing', () => 'null'],
  ])('says what to do with a file that is %s', (_, damage) => {
    writeFleetState(dir, state);
    writeFileSync(stateFile(dir), damage(readFileSync(stateFile(dir), 'utf8')));
    expect(() => readFleetState(dir)).toThrow(UsageError);
    expect(() => readFleetState(dir)).toThrow(
      `written anew by: npx hilum down --data ${dir}, then npx hilum up --data ${dir}`,
    );
    expect(readUsableFleetState(dir)).toBeNull();
  });
});
