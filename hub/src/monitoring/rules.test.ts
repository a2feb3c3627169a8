import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { createRegistry } from '@hilum/runtime';
import { describe, expect, it } from 'vitest';
import { addCertificateMetric, createHubMetrics } from '../hub-metrics.js';
import {
  alertChecks,
  alertRules,
  expressions,
  metricNamesIn,
  recordedNames,
  recordedNamesIn,
  ruleFiles,
  ruleTestFiles,
} from './testing/monitoring-files.js';
import { PROMTOOL_MISSING, promtool, promtoolPath } from './testing/promtool.js';

const ROOT = new URL('../../../', import.meta.url);
/** A rule test looks at many hours, and processors may be few. */
const PROMTOOL_TIMEOUT_MS = 300_000;

const named = (path: string): [name: string, path: string] => [basename(path), path];

async function hubMetricsText(): Promise<string> {
  const registry = createRegistry();
  createHubMetrics(registry, Date.now);
  addCertificateMetric(registry, []);
  return registry.metrics();
}

/** As GitHub and others make anchors of headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the rules', () => {
  it('have for every alert a test in which it fires and one in which it does not', () => {
    expect(alertRules.length).toBeGreaterThan(0);
    for (const { alert } of alertRules) {
      const checks = alertChecks.filter((check) => check.alert === alert);
      expect(new Set(checks.map(({ fires }) => fires)), alert).toEqual(new Set([true, false]));
    }
    const names = alertRules.map(({ alert }) => alert);
    expect(alertChecks.map(({ alert }) => alert).filter((alert) => !names.includes(alert))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('say for every alert where it is written what to do', () => {
    for (const { alert, annotations } of alertRules) {
      const [path = '', anchor = ''] = annotations.runbook.split('#');
      const file = new URL(path, ROOT);
      expect(existsSync(file), `${alert}: ${path}`).toBe(true);
      expect(anchorsOf(readFileSync(file, 'utf8')), `${alert}: ${annotations.runbook}`).toContain(anchor);
    }
  });

  it('ask the hub for nothing that it does not tell, and record what is asked for by its name', async () => {
    const told = [...(await hubMetricsText()).matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    );
    for (const { where, expr } of expressions) {
      for (const name of metricNamesIn(expr).filter((one) => one.startsWith('hilum_hub_')))
        expect(told, where).toContain(name);
      for (const name of recordedNamesIn(expr)) expect(recordedNames, where).toContain(name);
    }
  });

  it('use every series that they record', () => {
    const used = new Set(expressions.flatMap(({ expr }) => recordedNamesIn(expr)));
    expect(recordedNames.filter((name) => !used.has(name))).toEqual([]);
  });
});

if (promtoolPath === null) process.stderr.write(PROMTOOL_MISSING);

describe.skipIf(promtoolPath === null)('promtool', () => {
  it.each(ruleFiles.map(named))('can read %s', async (_, path) => {
    const { isContent, said } = await promtool(['check', 'rules', '--lint-fatal', path]);
    expect(isContent, said).toBe(true);
  });

  it.each(ruleTestFiles.map(named))(
    'finds every alert of %s as its tests expect',
    async (_, path) => {
      const { isContent, said } = await promtool(['test', 'rules', path]);
      expect(isContent, said).toBe(true);
    },
    PROMTOOL_TIMEOUT_MS,
  );

  it('has nothing against the names and types of the hub’s own metrics', async () => {
    const text = (await hubMetricsText())
      .split('\n\n')
      .filter((block) => block.startsWith('# HELP hilum_'))
      .join('\n');
    const { isContent, said } = await promtool(['check', 'metrics'], `${text}\n`);
    expect(isContent, said).toBe(true);
  });
});
