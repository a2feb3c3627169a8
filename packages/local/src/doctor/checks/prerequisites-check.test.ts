import { describe, expect, it } from 'vitest';
import { prerequisitesFinding } from './prerequisites-check.js';

const java = { name: 'Java', least: '17', how: 'install Java' };
const go = { name: 'Go', least: '1.25', how: 'install Go' };

describe('prerequisites', () => {
  it('that are there are told with their versions', () => {
    expect(
      prerequisitesFinding([
        { ...java, found: '17.0.2' },
        { ...go, found: '1.26' },
      ]),
    ).toMatchObject({
      state: 'ok',
      detail: 'Java 17.0.2, Go 1.26',
    });
  });

  it('that are missing or too old are failed, each with how to get it', () => {
    expect(
      prerequisitesFinding([
        { ...java, found: '11.0.2' },
        { ...go, found: undefined },
      ]),
    ).toEqual({
      state: 'failed',
      detail: 'Java 11.0.2 is too old, 17 or newer is needed; Go 1.25 or newer is missing',
      since: null,
      fix: 'install Java\ninstall Go',
    });
  });
});
