import { createDatabase, listen } from '@hilum/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEST_TOKENS, testHubApp } from '../testing/serve-test-hub.js';
import { startTestHub, type TestHub } from '../testing/start-test-hub.js';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

describe('the API of a hub', () => {
  it('says to come again when its database is away, and not that it failed', async () => {
    const database = createDatabase({ databaseUrl: 'postgresql://hub@127.0.0.1:1/none', name: 'test', log: hub.log });
    const server = await listen(testHubApp(hub, { database }), '127.0.0.1', 0);
    try {
      const answer = await fetch(`http://127.0.0.1:${server.port}/api/v1/sites`, {
        headers: { authorization: `Bearer ${TEST_TOKENS.compliance}` },
      });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
      expect(await answer.json()).toMatchObject({ code: 'HILUM_HUB_DATABASE_AWAY' });
    } finally {
      await server.close();
      await database.close();
    }
  });
});
