import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.js';

describe('createLogger', () => {
  it('writes one JSON line with time, level, process and site', () => {
    const lines: string[] = [];
    const log = createLogger({
      process: 'edge',
      level: 'info',
      site: 'st-agnes',
      destination: { write: (l: string) => void lines.push(l) },
    });
    log.info({ imageId: 'ab' }, 'scored');
    log.debug('not shown');
    expect(lines).toHaveLength(1);
    const entry = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(entry).toMatchObject({ level: 'info', process: 'edge', site: 'st-agnes', imageId: 'ab', msg: 'scored' });
    expect(String(entry['time'])).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('leaves out what libraries hang on their errors, for it may hold keys and headers', () => {
    const lines: string[] = [];
    const log = createLogger({
      process: 'edge',
      level: 'info',
      destination: { write: (l: string) => void lines.push(l) },
    });
    const error = Object.assign(new Error('failed', { cause: new Error('inner') }), {
      code: 'ECONNREFUSED',
      request: { path: '/xray-intake/Jane_Doe.jpeg' },
    });
    log.warn({ err: error }, 'store away');
    expect(lines[0]).toContain('ECONNREFUSED');
    expect(lines[0]).toContain('inner');
    expect(lines[0]).not.toContain('Jane_Doe');
  });
});
