import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AwayError } from './away-error.js';
import { withBroker } from './broker-session.js';
import { withDatabase } from './database-session.js';
import { askHttp } from './http-question.js';
import { withStore } from './store-session.js';

// A server that takes connections and says nothing, as a frozen one does, and one that is not there.

let server: Server;
let port: number;
let sockets: Socket[];
beforeEach(async () => {
  sockets = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const never = new AbortController().signal;
const store = (at: number) => ({
  endpoint: `http://127.0.0.1:${at}`,
  region: 'us-east-1',
  accessKeyId: 'HILUMACCESSKEY',
  secretAccessKey: 'a-secret-access-key',
});
const questions: [string, (at: number) => Promise<unknown>][] = [
  ['a database', (at) => withDatabase('it', `postgres://a:b@127.0.0.1:${at}/c`, never, (db) => db.rows('select 1'))],
  ['a broker', (at) => withBroker('it', `127.0.0.1:${at}`, null, ({ admin }) => admin.listTopics())],
  ['a store', (at) => withStore('it', store(at), (session) => session.hasBucket('b'))],
  ['a service', (at) => askHttp('it', `http://127.0.0.1:${at}/readyz`, never)],
];

describe.each(questions)('%s', (_, ask) => {
  it('that hangs is away, within seconds', async () => {
    await expect(ask(port)).rejects.toThrow(new AwayError('it', 'no answer in time').message);
  });

  it('that is not there is away', async () => {
    const { port: free } = await new Promise<AddressInfo>((resolve) => {
      const other = createServer();
      other.listen(0, '127.0.0.1', () => {
        const address = other.address() as AddressInfo;
        other.close(() => resolve(address));
      });
    });
    await expect(ask(free)).rejects.toThrow(AwayError);
  });
});

describe('a broker whose certificates cannot be read', () => {
  it('is away, with the reason', async () => {
    const identity = { ca: '/nowhere/ca.crt', cert: '/nowhere/a.crt', key: '/nowhere/a.key' };
    await expect(withBroker('it', `127.0.0.1:${port}`, identity, () => Promise.resolve())).rejects.toThrow(
      'it does not answer (ENOENT)',
    );
  });
});
