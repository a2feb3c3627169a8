import { describe, expect, it } from 'vitest';
import { SharedLock } from './shared-lock.js';

function gate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the shared lock', () => {
  it('lets the shared work side by side, and one alone only when they are done', async () => {
    const lock = new SharedLock();
    const [a, b, c] = [gate(), gate(), gate()];
    const begun: string[] = [];
    const run = (name: string, until: Promise<void>) => (): Promise<void> => (begun.push(name), until);
    const all = [
      lock.shared(run('a', a.opened)),
      lock.shared(run('b', b.opened)),
      lock.alone(run('alone', c.opened)),
      lock.shared(run('later', Promise.resolve())),
    ];
    await settled();
    expect(begun).toEqual(['a', 'b']);
    a.open();
    await settled();
    expect(begun).toEqual(['a', 'b']);
    b.open();
    await settled();
    expect(begun).toEqual(['a', 'b', 'alone']);
    c.open();
    await Promise.all(all);
    expect(begun).toEqual(['a', 'b', 'alone', 'later']);
  });

  it('goes on after work that fails', async () => {
    const lock = new SharedLock();
    await expect(lock.alone(() => Promise.reject(new Error('it fails')))).rejects.toThrow('it fails');
    expect(await lock.shared(() => Promise.resolve('next'))).toBe('next');
  });
});
