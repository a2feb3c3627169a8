import { PutObjectCommand } from '@aws-sdk/client-s3';
import { drawRadiograph } from '@hilum/local';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet } from '../support/fleet.js';
import { PROMETHEUS_MISSING, Prometheus, prometheusPath, type ScrapeTarget } from '../support/prometheus.js';
import { repositoryRoot } from '../support/repository.js';
import { s3ClientFor } from '../support/s3-client.js';
import { until } from '../support/until.js';

// Rules and dashboards against a real Prometheus that scrapes a real hub and a real hospital.

const SITE = 'st-agnes';
const IMAGES = 4;
const MONITORING = join(repositoryRoot, 'hub', 'monitoring');
const SCORED = `hilum_hub_site_scored_images_total{site="${SITE}"}`;

interface Target {
  expr: string;
  instant?: boolean;
}
interface DashboardFile {
  uid: string;
  templating: { list: { name: string; type: string; definition?: string }[] };
  panels: { title: string; targets?: Target[] }[];
}

const dashboards = readdirSync(join(MONITORING, 'dashboards'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(MONITORING, 'dashboards', name), 'utf8')) as DashboardFile);
const queries = dashboards.flatMap(({ uid, panels }) =>
  panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, instant = false }) => ({
      where: `${uid}: ${title}`,
      expr: expr.replaceAll('$site', SITE).replaceAll('$__rate_interval', '1m'),
      isInstant: instant,
    })),
  ),
);

if (prometheusPath === null) process.stderr.write(PROMETHEUS_MISSING);

describe.skipIf(prometheusPath === null)('monitoring', () => {
  let fleet: Fleet;
  let prometheus: Prometheus;
  let rulesFolder: string;
  let targets: ScrapeTarget[];

  beforeAll(async () => {
    fleet = await Fleet.start({
      sites: 1,
      env: { HILUM_EDGE_HEARTBEAT_INTERVAL_MS: '1000', HILUM_EDGE_RECONCILE_INTERVAL_MS: '2000' },
    });
    const { ports } = JSON.parse(readFileSync(join(fleet.dataFolder, 'config.json'), 'utf8')) as {
      ports: Record<string, number>;
    };
    const site = fleet.site(SITE);
    targets = [
      { job: 'hilum-hub', url: fleet.state.hub.url, labels: {} },
      { job: 'hilum-edge', url: site.url, labels: { site: SITE } },
      { job: 'hilum-dispatcher', url: `http://127.0.0.1:${ports[`${SITE}-dispatcher`]}`, labels: { site: SITE } },
      { job: 'hilum-inference', url: site.inferenceUrl, labels: { site: SITE } },
    ];
    rulesFolder = mkdtempSync(join(tmpdir(), 'hilum-rules-'));
    const ruleFiles = readdirSync(join(MONITORING, 'rules'))
      .filter((name) => name.endsWith('.rules.yaml'))
      .map((name) => {
        const path = join(rulesFolder, name);
        const text = readFileSync(join(MONITORING, 'rules', name), 'utf8');
        writeFileSync(path, text);
        return path;
      });
    prometheus = await Prometheus.start({ targets, ruleFiles });
    // counted from here, so that there is a rise to be seen
    await until('the hospital is known', async () => (await prometheus.query(SCORED)).length === 1, 60_000);
    await sendImages();
    await until(
      'the images are scored, and the rates have seen it',
      async () =>
        Number((await prometheus.query(SCORED))[0]?.value[1]) >= IMAGES &&
        (await prometheus.query(`increase(${SCORED}[1m]) > 0`)).length === 1,
      90_000,
    );
  });
  afterAll(async () => {
    await prometheus?.stop();
    await fleet?.stop();
    if (rulesFolder !== undefined) rmSync(rulesFolder, { recursive: true });
  });

  async function sendImages(): Promise<void> {
    const site = fleet.site(SITE);
    const s3 = s3ClientFor(site);
    const put = (key: string, body: Buffer | string): Promise<unknown> =>
      s3.send(new PutObjectCommand({ Bucket: site.s3.intakeBucket, Key: key, Body: body }));
    for (let seed = 0; seed < IMAGES; seed += 1)
      await put(`${seed}.jpeg`, (await drawRadiograph({ seed, finding: 'normal' })).jpeg);
    await put('no-image.jpeg', 'this is no image');
    s3.destroy();
  }

  it('is scraped from all four kinds of processes', async () => {
    const up = await prometheus.query('up');
    expect(up.map(({ metric, value }) => [metric['job'], value[1]]).sort()).toEqual(
      targets.map(({ job }) => [job, '1']).sort(),
    );
  });

  it('asks for no metric of Hilum that no process tells', async () => {
    const texts = await Promise.all(targets.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
    const told = texts.flatMap((text) =>
      [...text.matchAll(/^# TYPE (hilum_\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
        type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
      ),
    );
    const rules = (await prometheus.rules()).map(({ name, query }) => ({ where: name, expr: query }));
    expect(rules.length).toBeGreaterThan(0);
    for (const { where, expr } of [...rules, ...queries])
      for (const [name] of expr.matchAll(/(?<![\w:])hilum_\w+(?![\w:])/g)) expect(told, where).toContain(name);
  });

  it('lets Prometheus evaluate every rule, and alarms of nothing while all is well', async () => {
    const rules = await until('every rule was evaluated', async () => {
      const found = await prometheus.rules();
      return found.every(({ health }) => health !== 'unknown') && found;
    });
    for (const { name, health, lastError } of rules) expect(health, `${name}: ${lastError}`).toBe('ok');
    expect(rules.filter(({ state }) => state === 'firing').map(({ name }) => name)).toEqual([]);
  });

  it('records every series that it says it records', async () => {
    const recorded = (await prometheus.rules()).filter(({ type }) => type === 'recording');
    expect(recorded.length).toBeGreaterThan(0);
    for (const { name } of recorded)
      await until(`${name} has a value`, async () => (await prometheus.query(name)).length > 0, 10_000);
  });

  it.each(queries)('has data for $where: $expr', async ({ expr, isInstant }) => {
    const ask = async (): Promise<boolean> =>
      (await (isInstant ? prometheus.query(expr) : prometheus.queryRange(expr))).length > 0;
    await until('there is data', ask, 10_000);
  });

  it('offers the hospital to choose from in every dashboard that lets choose one', async () => {
    const definitions = dashboards.flatMap(({ uid, templating }) =>
      templating.list
        .filter(({ type }) => type === 'query')
        .map(({ definition = '' }) => ({ uid, match: /^label_values\((\w+), (\w+)\)$/.exec(definition) })),
    );
    expect(definitions.map(({ uid }) => uid).sort()).toEqual(['hilum-inference', 'hilum-site']);
    for (const { uid, match } of definitions)
      expect(await prometheus.labelValues(match?.[1] ?? '', match?.[2] ?? ''), uid).toEqual([SITE]);
  });

  it('holds no key, study or image of what was sent', async () => {
    for (const { url } of targets) {
      const text = await (await fetch(`${url}/metrics`)).text();
      expect(text, url).not.toContain('no-image');
      const digests = [...text.matchAll(/(\w+)="(?:sha256:)?[0-9a-f]{32,}"/g)].map(([, label]) => label);
      expect(
        digests.filter((label) => label !== 'digest'),
        url,
      ).toEqual([]);
    }
  });
});
