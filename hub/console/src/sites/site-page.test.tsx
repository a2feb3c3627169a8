import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { SiteDetail, SiteHistory, TimelineEntry } from '../api-types';
import { sampleSite } from '../sample-site';
import { historySince, siteAddressOf, siteViewOf } from '../site-view';
import { entryText, TimelineList } from '../timeline-list';
import { HelpPanel } from './help-panel';
import SiteCharts from './site-charts';
import { rangesText, reasonOf } from './site-words';

const NOW = Date.parse('2026-05-04T12:00:10.000Z');
const detail = (change: Partial<SiteDetail> = {}): SiteDetail => ({
  ...sampleSite(),
  firstSeenAt: '2026-05-01T00:00:00.000Z',
  lastReceivedAt: '2026-05-04T12:00:00.000Z',
  missingRanges: [],
  openAlarms: [],
  help: [],
  ...change,
});
const entry = { id: 'x', site: 'st-agnes', at: '2026-05-04T12:00:00.000Z' };

describe('the address of a site', () => {
  it.each([
    ['/sites/st-agnes', { site: 'st-agnes', period: '24h' }],
    ['/sites/st-agnes?period=7d', { site: 'st-agnes', period: '7d' }],
  ] as const)('%s says what is shown, and is made of it again', (address, view) => {
    const url = new URL(address, 'http://hub');
    expect(siteViewOf(url.pathname, url.search)).toEqual(view);
    expect(siteAddressOf(view.site, view.period)).toBe(address);
  });

  it('names no site where it cannot', () => {
    expect(siteViewOf('/sites/St.%20Agnes', '')).toBeNull();
    expect(siteViewOf('/sites/', '')).toBeNull();
    expect(siteViewOf('/sites/st-agnes', '?period=toString')?.period).toBe('24h');
  });

  it('asks for as long as the period is', () => {
    expect(historySince('7d', Date.UTC(2026, 4, 8, 12))).toBe('2026-05-01T12:00:00.000Z');
  });
});

describe('the reason of a state', () => {
  it.each([
    ['live', {}, /^The latest heartbeat was sent 10 s ago and took 120 ms\.$/],
    ['late', { lastHeartbeatAt: '2026-05-04T11:59:00.000Z' }, /sent 1 min ago; one is due every 15 seconds/],
    ['link-down', { lastHeartbeatAt: '2026-05-04T11:40:10.000Z' }, /sent 20 min ago, but events arrive/],
    ['dead', { lastReceivedAt: '2026-05-04T11:00:10.000Z' }, /nothing has arrived since 1 h ago/],
    [
      'late',
      { lastHeartbeatAt: null, firstSeenAt: '2026-05-04T12:00:07.000Z' },
      /first seen here 3 s ago, and no heartbeat/,
    ],
  ] as const)('of a %s site is said with the times that it is judged by', (state, change, expected) => {
    expect(reasonOf(detail({ state, ...change }), NOW)).toMatch(expected);
  });

  it('names the gaps, and says when there are more', () => {
    const ranges = [
      { from: 4, to: 4 },
      { from: 9, to: 12 },
    ];
    expect(rangesText(ranges, 5)).toBe('4, 9–12');
    expect(rangesText(ranges, 6)).toBe('4, 9–12 and more');
  });
});

describe('the timeline', () => {
  const model = { name: 'cxr-triage', version: '1.0.0', digest: `sha256:${'ab'.repeat(32)}` };
  const gap = {
    alarmId: '1',
    kind: 'sequences-missing',
    severity: 'critical',
    detail: '3 event(s) did not arrive',
  } as const;

  it.each<[TimelineEntry, string]>([
    [{ ...entry, kind: 'first-seen' }, 'Seen for the first time'],
    [
      { ...entry, kind: 'state', detail: { from: 'live', to: 'late' } },
      'Live → Late: no fresh heartbeat for up to five minutes',
    ],
    [{ ...entry, kind: 'alarm-opened', detail: gap }, 'Gap found: 3 event(s) did not arrive'],
    [{ ...entry, kind: 'alarm-closed', detail: gap }, 'Gap filled: all events are here'],
    [{ ...entry, kind: 'alarm-closed', detail: { ...gap, kind: 'dead-letters' } }, 'Over: dead letters'],
    [{ ...entry, kind: 'model', detail: { from: model, to: { ...model, version: '1.1.0' } } }, 'Model: 1.0.0 → 1.1.0'],
    [
      { ...entry, kind: 'model', detail: { from: model, to: { ...model, digest: 'x' } } },
      'Model: other weights of cxr-triage 1.0.0',
    ],
    [{ ...entry, kind: 'app', detail: { from: '0.1.0', to: '0.2.0' } }, 'Application: 0.1.0 → 0.2.0'],
  ])('tells an entry in a sentence', (one, text) => {
    expect(entryText(one)).toBe(text);
  });

  it('has states for loading and for nothing', () => {
    expect(renderToStaticMarkup(<TimelineList entries={null} label="What happened" />)).toContain(
      'Loading: What happened',
    );
    expect(renderToStaticMarkup(<TimelineList entries={[]} label="What happened" />)).toContain('Nothing happened yet');
  });
});

describe('what helps', () => {
  it('is a command that can be copied, or that nothing needs doing', () => {
    const command = 'hilum doctor --site st-agnes';
    const html = renderToStaticMarkup(<HelpPanel help={[{ why: 'Says what is wrong', command }]} />);
    expect(html).toContain(command);
    expect(html).toContain(`aria-label="Copy: ${command}"`);
    expect(renderToStaticMarkup(<HelpPanel help={[]} />)).toContain('Nothing needs doing');
  });
});

describe('the charts of a site', () => {
  const point: SiteHistory['points'][number] = {
    at: '2026-05-04T10:00:00.000Z',
    backlog: null,
    oldestUnscoredAgeSeconds: null,
    mirrorLagSeconds: null,
    total: 0,
    unreadable: 0,
    latencyMs: { p50: null, p95: null },
  };
  const history = (points: SiteHistory['points']): SiteHistory => ({
    site: 'st-agnes',
    from: '2026-05-04T10:00:00.000Z',
    to: '2026-05-04T12:00:00.000Z',
    stepSeconds: 3_600,
    points,
  });

  it('have names, and their numbers as tables too', () => {
    const spoke = { ...point, backlog: 3, oldestUnscoredAgeSeconds: 9, mirrorLagSeconds: 0.1, total: 4 };
    const html = renderToStaticMarkup(
      <SiteCharts history={history([point, { ...spoke, at: '2026-05-04T11:00:00.000Z' }])} />,
    );
    for (const name of ['Volume', 'Latency', 'Backlog', 'Waiting']) {
      expect(html).toMatch(new RegExp(`<title[^>]*>${name}</title>`));
      expect(html).toContain(`aria-label="Numbers: ${name}"`);
    }
  });

  it('are not drawn of nothing', () => {
    const html = renderToStaticMarkup(<SiteCharts history={history([point])} />);
    expect(html).toContain('Nothing is known of this period.');
    expect(html).not.toContain('<svg');
  });
});
