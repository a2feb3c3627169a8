import { describe, expect, it } from 'vitest';
import { BodyRoom } from './body-room.js';

const length = (bytes: number): { 'content-length': string } => ({ 'content-length': String(bytes) });

describe('room for bodies of requests', () => {
  it('is taken by what each says that it brings, and is there again when it is given back', () => {
    const room = new BodyRoom(100);
    const give = room.take(length(60), 80);
    expect(() => room.take(length(41), 80)).toThrow(expect.objectContaining({ status: 503, retryAfterSeconds: 1 }));
    room.take(length(40), 80);
    give();
    give();
    expect(() => room.take(length(61), 80)).toThrow(expect.objectContaining({ status: 503 }));
    room.take(length(60), 80);
  });

  it.each([
    ['says no length', { 'transfer-encoding': 'chunked' }],
    ['is compressed', { ...length(3), 'content-encoding': 'gzip' }],
  ])('is as much as a path takes for a body that %s', (_what, headers) => {
    const room = new BodyRoom(100);
    room.take(headers, 80);
    expect(() => room.take(length(21), 80)).toThrow(expect.objectContaining({ status: 503 }));
    room.take(length(20), 80);
  });

  it('is refused, with the limit, to a body that is too large by itself', () => {
    expect(() => new BodyRoom(100).take(length(81), 80)).toThrow(
      expect.objectContaining({ status: 413, message: expect.stringContaining('80 bytes') as string }),
    );
  });
});
