import { describe, expect, it } from 'vitest';
import { BodyRoom } from './body-room.js';

const length = (bytes: number): { 'content-length': string } => ({ 'content-length': String(bytes) });
const nothing = (): Promise<void> => Promise.resolve();

/** Work that goes on until it is told to end. */
function held(
  room: BodyRoom,
  headers: Record<string, string>,
): { end: () => void; fail: () => void; ended: Promise<void> } {
  let end: () => void = () => undefined;
  let fail: () => void = () => undefined;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      end = resolve;
      fail = () => reject(new Error('broken off'));
    });
  const ended = room.during(headers, 80, work);
  return { end, fail, ended };
}

describe('room for bodies of requests', () => {
  it('is taken by what each says that it brings, until the work is done or has failed', async () => {
    const room = new BodyRoom(100);
    const [first, second] = [held(room, length(60)), held(room, length(40))];
    await expect(room.during(length(1), 80, nothing)).rejects.toMatchObject({ status: 503, retryAfterSeconds: 1 });
    first.end();
    second.fail();
    await first.ended;
    await expect(second.ended).rejects.toThrow('broken off');
    await Promise.all([held(room, length(60)), held(room, length(40))].map(({ end, ended }) => (end(), ended)));
  });

  it('of a body that says that it is not compressed is what it says', async () => {
    const room = new BodyRoom(100);
    const { end, ended } = held(room, { ...length(3), 'content-encoding': 'Identity' });
    await expect(room.during(length(98), 100, nothing)).rejects.toMatchObject({ status: 503 });
    await room.during(length(97), 100, nothing);
    end();
    await ended;
  });

  it.each([
    ['says no length', { 'transfer-encoding': 'chunked' }],
    ['is compressed', { ...length(90), 'content-encoding': 'gzip' }],
  ])('of a body that %s is what has come of it', async (_what, headers) => {
    const room = new BodyRoom(100);
    await room.during(headers, 80, async (claim) => {
      await room.during(length(100), 100, nothing);
      claim(30);
      claim(10);
      await expect(room.during(length(61), 100, nothing)).rejects.toMatchObject({ status: 503 });
      await room.during(length(60), 100, () => {
        expect(() => claim(1)).toThrow(expect.objectContaining({ status: 503, retryAfterSeconds: 1 }));
        return Promise.resolve();
      });
      claim(60);
      await expect(room.during(headers, 80, (other) => Promise.resolve(other(1)))).rejects.toMatchObject({
        status: 503,
      });
    });
    await room.during(length(100), 100, nothing);
  });

  it('is taken once for a body that says its length, whatever comes of it', async () => {
    const room = new BodyRoom(100);
    await room.during(length(60), 80, async (claim) => {
      claim(60);
      await room.during(length(40), 100, nothing);
    });
    await room.during(length(100), 100, nothing);
  });

  it('is refused, with the limit, to a body that is too large by itself', async () => {
    await expect(new BodyRoom(100).during(length(81), 80, nothing)).rejects.toMatchObject({
      status: 413,
      message: expect.stringContaining('80 bytes') as string,
    });
  });
});
