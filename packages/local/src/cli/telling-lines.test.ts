import { describe, expect, it } from 'vitest';
import { tellingLines } from './telling-lines.js';

const END = '--- 2026-01-01T00:00:00.000Z supervisor: hub ended with exit code 78';

describe('tellingLines', () => {
  it('are the last ones of a log that tells of no wrong configuration', () => {
    expect(tellingLines(['a', 'b', 'c', END], 2)).toEqual(['c', END]);
  });

  it('are what the process last said about its configuration, without all the rest', () => {
    const said = ['hub: HILUM_CONFIG_INVALID: 1 problem(s)', '  - HILUM_DATABASE_URL: is required'];
    expect(
      tellingLines(['old', 'hub: HILUM_CONFIG_INVALID: 1 problem(s)', '  - other', END, ...said, END], 12),
    ).toEqual(said);
  });
});
