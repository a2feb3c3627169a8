import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, createRegistry } from '@hilum/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComplianceMetrics } from '../compliance/compliance-metrics.js';
import { createFleet } from './create-fleet.js';

let folder: string;
const options = {
  log: createLogger({ process: 'hub-test', level: 'silent' }),
  metrics: new ComplianceMetrics(createRegistry(), Date.now),
  now: Date.now,
};
const none = {
  ...{ fleet: 'none' as const, fleetUrl: undefined, fleetToken: undefined, fleetKubeconfig: undefined },
  fleetPoliciesNamespace: 'hilum-policies',
};
const kubeconfig = (name: string, content: object): string => {
  const file = join(folder, name);
  // what is JSON is YAML
  writeFileSync(file, JSON.stringify(content));
  return file;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-kubeconfig-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('what tells of the fleet', () => {
  it('is what is configured', () => {
    expect(createFleet(none, options)).toBeNull();
    const local = { ...none, fleet: 'local' as const, fleetUrl: 'http://127.0.0.1:20000', fleetToken: 'secret' };
    expect(createFleet(local, options)?.source).toBe('local');
    const file = kubeconfig('good', {
      clusters: [{ name: 'hub', cluster: { server: 'https://127.0.0.1:6443' } }],
      users: [{ name: 'hub', user: { token: 'secret' } }],
      contexts: [{ name: 'hub', context: { cluster: 'hub', user: 'hub' } }],
      'current-context': 'hub',
    });
    expect(createFleet({ ...none, fleet: 'ocm', fleetKubeconfig: file }, options)?.source).toBe('ocm');
  });

  it.each([
    ['that is not there', () => join(folder, 'nowhere'), /ENOENT/],
    [
      'without a current context',
      () => kubeconfig('empty', { clusters: [], users: [], contexts: [] }),
      /current context/,
    ],
  ])('is refused for a kubeconfig %s, naming the variable and the fix', (_, file, reason) => {
    const create = (): unknown => createFleet({ ...none, fleet: 'ocm', fleetKubeconfig: file() }, options);
    expect(create).toThrow(/HILUM_HUB_FLEET_KUBECONFIG: must be the path of a kubeconfig/);
    expect(create).toThrow(reason);
  });
});
