import { renderToStaticMarkup } from 'react-dom/server';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuditList } from './audit-list';
import type { ComplianceState, Policy, PolicyState, PolicyTransition, SiteCompliance } from './compliance-types';
import {
  addressOf,
  audienceOf,
  beginOfDay,
  NO_AUDIT_FILTERS,
  policiesShown,
  sitesShown,
  statesShown,
  viewOf,
  type ComplianceView,
} from './compliance-view';
import { AnchorPanels } from './evidence-panels';
import { defaultPeriod, evidenceAddress, evidenceProblem } from './evidence-period';
import { HistoryList, lastedSeconds } from './history-list';
import { PoliciesList, timeToFixText } from './policies-list';
import { PrivacyPanels } from './privacy-panels';
import { SitesMatrix } from './sites-matrix';

const TLS = 'policy-kafka-tls-only';
const NOW = Date.UTC(2026, 4, 4, 12);
const textOf = (element: Parameters<typeof renderToStaticMarkup>[0]): string =>
  renderToStaticMarkup(element)
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');

function samplePolicy(name: string, counts: Partial<Policy['counts']>, change: Partial<Policy> = {}): Policy {
  return {
    ...{ name, title: `Title of ${name}`, why: 'Because.', severity: 'high', standards: ['HIPAA Security Rule'] },
    ...{ categories: [], controls: ['SC-8'], remediation: 'inform', policySets: [], source: 'ocm' },
    ...{ firstSeenAt: '2026-05-01T12:00:00Z', removedAt: null },
    counts: { compliant: 0, 'non-compliant': 0, pending: 0, unknown: 0, ...counts },
    timeToFix: { fixed: 0, open: 0, medianSeconds: null, longestSeconds: null },
    ...change,
  };
}
const sampleState = (site: string, state: ComplianceState, since: string): PolicyState => ({
  ...{ policy: TLS, site, state, message: `it is ${state}`, since, observedAt: since },
});
const sampleSite = (site: string, states: Record<string, ComplianceState>): SiteCompliance => ({
  site,
  counts: Object.values(states).reduce<SiteCompliance['counts']>(
    (counts, state) => ({ ...counts, [state]: counts[state] + 1 }),
    { compliant: 0, 'non-compliant': 0, pending: 0, unknown: 0 },
  ),
  states: Object.entries(states).map(([policy, state]) => ({ policy, state, since: '2026-05-04T11:00:00Z' })),
});
const transition = (
  id: number,
  minutes: number,
  to: ComplianceState | null,
  change: Partial<PolicyTransition> = {},
): PolicyTransition => ({
  ...{ id: String(id), policy: TLS, site: 'st-agnes', template: null, from: null, to, message: 'as told' },
  ...{ at: new Date(NOW + minutes * 60_000).toISOString(), recordedAt: new Date(NOW).toISOString() },
  ...change,
});

describe('the address of a page of compliance', () => {
  it.each<[string, ComplianceView]>([
    ['/compliance', { kind: 'policies', search: '', state: null }],
    ['/compliance?q=SC-8&state=non-compliant', { kind: 'policies', search: 'SC-8', state: 'non-compliant' }],
    [`/compliance/policies/${TLS}`, { kind: 'policy', policy: TLS, search: '', state: null }],
    [`/compliance/policies/${TLS}?q=agnes`, { kind: 'policy', policy: TLS, search: 'agnes', state: null }],
    ['/compliance/sites?state=unknown', { kind: 'sites', search: '', state: 'unknown' }],
    ['/compliance/sites/st-agnes', { kind: 'site', site: 'st-agnes' }],
    ['/compliance/privacy', { kind: 'privacy' }],
    ['/compliance/evidence', { kind: 'evidence', from: null, to: null }],
    ['/compliance/evidence?from=2026-04-01&to=2026-04-30', { kind: 'evidence', from: '2026-04-01', to: '2026-04-30' }],
    [
      '/compliance/audit?source=site&site=st-agnes&role=staff&action=study.viewed&from=2026-05-01&to=2026-05-04',
      {
        kind: 'audit',
        filters: {
          source: 'site',
          site: 'st-agnes',
          role: 'staff',
          action: 'study.viewed',
          from: '2026-05-01',
          to: '2026-05-04',
        },
      },
    ],
  ])('%s says what is shown, and is made of it again', (address, view) => {
    const url = new URL(address, 'http://hub');
    expect(viewOf(url.pathname, url.search)).toEqual(view);
    expect(addressOf(view)).toBe(address);
  });

  it('is read without what the hub would refuse', () => {
    expect(viewOf('/compliance', '?state=fine')).toMatchObject({ state: null });
    expect(viewOf('/compliance/policies/Not%20One', '')).toMatchObject({ kind: 'policies' });
    expect(viewOf('/compliance/audit', '?source=mars&site=A%20B&role=X&action=%27&from=today')).toEqual({
      kind: 'audit',
      filters: NO_AUDIT_FILTERS,
    });
  });

  it('asks for whole days of the viewer’s time zone', () => {
    expect(beginOfDay('2026-05-31', 1)).toBe(new Date(2026, 5, 1).toISOString());
  });
});

describe('a page of compliance', () => {
  it.each<[ComplianceView['kind'], string, string[]]>([
    ['policies', 'Policies are', ['hospital-it', 'compliance']],
    ['site', 'Policies are', ['hospital-it', 'compliance']],
    ['delivery', 'Delivery is', ['hospital-it', 'compliance']],
    ['audit', 'The audit is', ['compliance']],
    ['evidence', 'Evidence is', ['compliance']],
  ])('of %s says what it is and whom it is for', (kind, what, roles) => {
    expect(audienceOf(kind)).toEqual({ what, roles });
  });

  it('that tells what may leave a hospital is for everyone', () => {
    expect(audienceOf('privacy')).toBeNull();
  });
});

describe('what is shown', () => {
  const policies = [
    samplePolicy('policy-a', { compliant: 3 }),
    samplePolicy('policy-b', { compliant: 2, unknown: 1 }),
    samplePolicy('policy-c', { compliant: 2, 'non-compliant': 1 }, { severity: 'low' }),
    samplePolicy('policy-d', { 'non-compliant': 1 }, { severity: 'critical', controls: ['164.312(b)'] }),
    samplePolicy('policy-e', { compliant: 1 }, { removedAt: '2026-05-03T12:00:00Z' }),
    samplePolicy('policy-f', {}),
  ];
  const names = (filter: { search: string; state: ComplianceState | null }) =>
    policiesShown(policies, filter)
      .map(({ name }) => name.slice(-1))
      .join('');

  it('begins with the policies that are broken, the gravest first; what is removed is left out', () => {
    expect(names({ search: '', state: null })).toBe('dcbaf');
    expect(names({ search: '', state: 'non-compliant' })).toBe('dc');
    expect(names({ search: '164.312', state: null })).toBe('d');
    expect(names({ search: 'hipaa', state: 'unknown' })).toBe('b');
  });

  it('begins with the sites that have been amiss for longest', () => {
    const states = [
      sampleState('a', 'compliant', '2026-05-01T12:00:00Z'),
      sampleState('b', 'non-compliant', '2026-05-03T12:00:00Z'),
      sampleState('c', 'non-compliant', '2026-05-02T12:00:00Z'),
      sampleState('d', 'unknown', '2026-05-01T12:00:00Z'),
    ];
    const shown = (filter: { search: string; state: ComplianceState | null }) =>
      statesShown(states, filter)
        .map(({ site }) => site)
        .join('');
    expect(shown({ search: '', state: null })).toBe('cbda');
    expect(shown({ search: 'is unknown', state: null })).toBe('d');
    expect(
      sitesShown([sampleSite('st-agnes', { [TLS]: 'pending' })], { search: 'AGNES', state: 'pending' }),
    ).toHaveLength(1);
    expect(sitesShown([sampleSite('st-agnes', { [TLS]: 'pending' })], { search: '', state: 'unknown' })).toEqual([]);
  });

  it('tells how long fixing takes, and what is still open', () => {
    const of = (change: Partial<Policy['timeToFix']>) =>
      timeToFixText({ fixed: 0, open: 0, medianSeconds: null, longestSeconds: null, ...change });
    expect(of({})).toBe('–');
    expect(of({ open: 2 })).toBe('2 open');
    expect(of({ fixed: 3, medianSeconds: 5_400 })).toBe('1 h 30 min (of 3)');
    expect(of({ fixed: 3, medianSeconds: 60, open: 1 })).toBe('1 min (of 3), 1 open');
  });

  it('tells how long each state lasted, over what only changed the message', () => {
    const history = [
      transition(5, 60, 'compliant', { from: 'non-compliant' }),
      transition(4, 40, 'non-compliant', { from: 'non-compliant' }),
      transition(3, 30, 'pending', { site: 'riverside' }),
      transition(2, 20, 'non-compliant', { from: 'compliant' }),
      transition(1, 0, 'compliant'),
    ];
    expect(Object.fromEntries(lastedSeconds(history))).toEqual({ 1: 1_200, 2: 2_400, 3: null, 4: null, 5: null });
  });
});

describe('the period of evidence', () => {
  // noon of the viewer's own zone, whichever that is
  const noon = new Date(2026, 4, 4, 12).getTime();

  it('is the last thirty days, until now', () => {
    const period = defaultPeriod(noon);
    expect(period).toEqual({ from: '2026-04-05', to: '2026-05-04' });
    const since = encodeURIComponent(new Date(2026, 3, 5).toISOString());
    expect(evidenceAddress(period, noon)).toBe(`/api/v1/evidence?since=${since}`);
  });

  it('is of whole days of the viewer’s time zone when it has ended', () => {
    const query = new URLSearchParams(evidenceAddress({ from: '2026-04-01', to: '2026-04-30' }, noon).split('?')[1]);
    expect(query.get('since')).toBe(new Date(2026, 3, 1).toISOString());
    expect(query.get('until')).toBe(new Date(2026, 4, 1).toISOString());
  });

  it.each([
    [{ from: '', to: '2026-05-04' }, /both days/],
    [{ from: '2026-05-03', to: '2026-05-02' }, /not be later/],
    [{ from: '2026-05-03', to: '2026-05-05' }, /not be in the future/],
    [{ from: '2025-03-01', to: '2026-05-04' }, /at most 400 days/],
  ])('says what is wrong with %j', (period, problem) => {
    expect(evidenceProblem(period, noon)).toMatch(problem);
    expect(evidenceProblem(defaultPeriod(noon), noon)).toBeNull();
  });
});

describe('the pages', () => {
  // where links look for the address
  beforeAll(() => void vi.stubGlobal('window', { location: { pathname: '/compliance', search: '' } }));
  afterAll(() => void vi.unstubAllGlobals());

  const none = { search: '', state: null, onFilter: () => undefined };

  it('say what there is to do when there are no policies, and that none fits', () => {
    expect(textOf(<PoliciesList policies={[]} {...none} />)).toContain('HILUM_HUB_FLEET=ocm');
    const some = [samplePolicy('policy-a', { compliant: 1 })];
    expect(textOf(<PoliciesList policies={some} {...none} search="other" />)).toContain('No policy fits');
    expect(textOf(<PoliciesList policies={null} {...none} />)).toContain('Loading policies');
  });

  it('name every state in words, not by colour alone', () => {
    const some = [samplePolicy('policy-a', { compliant: 2, 'non-compliant': 1, unknown: 1, pending: 1 })];
    const text = textOf(<PoliciesList policies={some} {...none} />);
    expect(text).toMatch(/1 not compliant.*1 unknown.*1 pending.*2 compliant/);
    const titles = new Map([[TLS, 'TLS only']]);
    const html = renderToStaticMarkup(
      <SitesMatrix sites={[sampleSite('st-agnes', { [TLS]: 'non-compliant' })]} titles={titles} {...none} />,
    );
    expect(html).toContain('aria-label="TLS only: Not compliant"');
  });

  it('draw fifty of a thousand sites, and say how many there are', () => {
    const sites = Array.from({ length: 1_000 }, (_, index) => sampleSite(`site-${index}`, { [TLS]: 'compliant' }));
    const html = renderToStaticMarkup(<SitesMatrix sites={sites} titles={new Map()} {...none} />);
    expect(html.match(/<tr/g)).toHaveLength(51);
    expect(html).toContain('50 of 1,000 sites are shown');
  });

  it('show what happened, and that a policy no longer applies', () => {
    const text = textOf(<HistoryList history={[transition(2, 1, null), transition(1, 0, 'compliant')]} by="site" />);
    expect(text).toMatch(/No longer applies.*Compliant/);
    expect(textOf(<HistoryList history={[]} by="site" />)).toContain('No history');
  });

  it('show what may leave and what was refused, identities first', () => {
    const refused = { site: 'st-agnes', code: 'HILUM_EVENT_DATA_INVALID', mayBeIdentity: true, total: 2 };
    const boundary = {
      topics: [
        { topic: 'heartbeat.v1' as const, eventType: 'org.hilum.site.heartbeat.v1', fields: ['site', 'model.digest'] },
      ],
      quarantine: [{ ...refused, firstAt: '2026-05-04T11:00:00Z', lastAt: '2026-05-04T11:30:00Z' }],
      alarms: [],
    };
    const text = textOf(<PrivacyPanels boundary={boundary} now={NOW} />);
    expect(text).toMatch(/heartbeat\.v1: 2 fields.*No open alarm.*st-agnes HILUM_EVENT_DATA_INVALID Possible 2/);
    expect(textOf(<PrivacyPanels boundary={{ ...boundary, quarantine: [] }} now={NOW} />)).toContain(
      'Nothing was refused',
    );
  });

  it('show who saw what, without the whole of a pseudonym', () => {
    const entry = {
      ...{ id: 'hub-1', source: 'hub' as const, site: null, actorRole: 'compliance', actorPseudonym: 'ab'.repeat(32) },
      ...{ action: 'results.listed', subjectPseudonym: null, query: { site: 'st-agnes' } },
      ...{ at: '2026-05-04T11:00:00Z', recordedAt: '2026-05-04T11:00:00Z', position: null, hash: null },
    };
    expect(textOf(<AuditList entries={[entry]} hasMore />)).toMatch(
      /Hub results\.listed compliance abababababab site=st-agnes/,
    );
    expect(textOf(<AuditList entries={[]} hasMore={false} />)).toContain('No entry fits');
  });

  it('show whether the audit is what it was, and what is wrong with it', () => {
    const chain = {
      ...{ position: 1_200, waiting: 3, lastAnchorAt: '2026-05-04T00:05:00Z', anchoredTo: 1_100 },
      ...{ state: 'intact' as const, checkedAt: '2026-05-04T00:05:00Z', problem: null },
    };
    const anchor = {
      ...{ number: 2, at: '2026-05-04T00:05:00Z', first: 1, position: 1_100, hash: 'ab'.repeat(32) },
      ...{ sha256: 'cd'.repeat(32), keyId: 'ef'.repeat(16), loss: null },
    };
    const text = textOf(<AnchorPanels audit={{ chain, items: [anchor], nextCursor: null }} />);
    expect(text).toMatch(
      /Intact.*1,200 chained, 3 waiting.*up to entry 1,100.*2 .* 1 to 1,100 abababababab efefefefefef none/,
    );
    const problem = { kind: 'changed' as const, position: 7, id: null, detail: 'row 7 was changed' };
    const broken = { chain: { ...chain, state: 'broken' as const, problem }, items: [], nextCursor: null };
    expect(textOf(<AnchorPanels audit={broken} />)).toMatch(
      /not what it was.*row 7 was changed.*Broken.*No anchor yet/,
    );
  });
});
