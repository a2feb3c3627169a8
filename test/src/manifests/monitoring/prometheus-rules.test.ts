import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../support/repository.js';
import { objectsOf } from '../testing/manifests.js';
import { RULE_MANIFESTS, ruleManifest } from './prometheus-rules.js';

const monitoring = join(repositoryRoot, 'hub/monitoring');
const configs = 'gitops/infrastructure/configs';

describe('the rules of Prometheus in manifests', () => {
  it.each(Object.entries(RULE_MANIFESTS))('of %s are those of hub/monitoring', (file, names) => {
    expect(readFileSync(join(repositoryRoot, file), 'utf8')).toBe(ruleManifest(names));
  });

  it('leave out no file', () => {
    const files = readdirSync(join(monitoring, 'rules')).filter((name) => name.endsWith('.rules.yaml'));
    const used = Object.values(RULE_MANIFESTS).flat();
    expect([...used].map((name) => `${name}.rules.yaml`).sort()).toEqual(files.sort());
  });
});

describe('the dashboards in manifests', () => {
  const dashboardsOf = async (folder: string): Promise<Record<string, string>> => {
    const maps = (await objectsOf(folder)).filter(({ metadata }) => metadata?.labels?.['grafana_dashboard'] === '1');
    return Object.assign({}, ...maps.map(({ data }) => data as Record<string, string>)) as Record<string, string>;
  };

  it('are all those of hub/monitoring at the hub', async () => {
    const files = readdirSync(join(monitoring, 'dashboards')).filter((name) => name.endsWith('.json'));
    const expected = files.map((name) => [name, readFileSync(join(monitoring, 'dashboards', name), 'utf8')]);
    expect(await dashboardsOf(`${configs}/hub/kubernetes`)).toEqual(Object.fromEntries(expected));
  });

  it('are that of scoring in a hospital, where its numbers are', async () => {
    expect(Object.keys(await dashboardsOf(`${configs}/edge/kubernetes`))).toEqual(['hilum-inference.json']);
  });
});
