import { renderToStaticMarkup } from 'react-dom/server';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FleetObject } from '../compliance-types';
import { addressOf, viewOf } from '../compliance-view';
import { DeliveryList } from './delivery-list';
import { deliveriesOf, deliveriesShown, type DeliveryState } from './delivery-view';

const AT = '2026-05-04T12:00:00Z';
const known = { source: 'ocm', observedAt: AT } as const;
type Of<Kind extends FleetObject['kind']> = Extract<FleetObject, { kind: Kind }>;

const application = (change: Partial<Of<'application'>>): FleetObject => ({
  ...{ kind: 'application', namespace: 'argocd', name: 'edge', site: 'st-agnes', applicationSet: null, ...known },
  ...{ sync: 'Synced', health: 'Healthy', revision: '0123456789abcdef', message: '' },
  ...change,
});
const work = (change: Partial<Of<'work'>>): FleetObject => ({
  ...{ kind: 'work', namespace: 'riverside', name: 'root', site: 'riverside', ...known },
  ...{ isApplied: true, isAvailable: true, isCurrent: true, message: '' },
  ...change,
});
const placement: FleetObject = {
  ...{ kind: 'placement', namespace: 'hilum-policies', name: 'placement-hospitals', site: null, ...known },
  ...{ selected: 7, isSatisfied: true, message: 'all chosen' },
};
const decision = (name: string, clusters: string[]): FleetObject => ({
  ...{ kind: 'placement-decision', namespace: 'hilum-policies', name, site: null, ...known },
  ...{ placement: 'placement-hospitals', clusters },
});
const stateOf = (object: FleetObject): DeliveryState | undefined => deliveriesOf([object])[0]?.state;

describe('how a delivery stands', () => {
  it.each([
    [application({}), 'in-step'],
    [application({ sync: 'OutOfSync' }), 'amiss'],
    [application({ sync: 'OutOfSync', health: 'Progressing' }), 'under-way'],
    [application({ health: 'Degraded' }), 'amiss'],
    [application({ health: 'Missing', sync: 'OutOfSync' }), 'amiss'],
    [application({ sync: 'Unknown' }), 'unknown'],
    [work({}), 'in-step'],
    [work({ isAvailable: false }), 'amiss'],
    [work({ isApplied: null }), 'unknown'],
    // conditions of an earlier version say nothing of this one
    [work({ isCurrent: false, isAvailable: false }), 'under-way'],
    [placement, 'in-step'],
    [{ ...placement, isSatisfied: false }, 'amiss'],
    [{ ...placement, isSatisfied: null }, 'under-way'],
  ] as [FleetObject, DeliveryState][])('%j is %s', (object, state) => {
    expect(stateOf(object)).toBe(state);
  });

  it('names the clusters that a placement chooses, from all of its decisions', () => {
    const rows = deliveriesOf([
      decision('placement-hospitals-decision-1', ['a', 'c', 'e', 'g']),
      placement,
      decision('placement-hospitals-decision-2', ['b', 'd', 'f']),
    ]);
    expect(rows.map(({ told }) => told)).toEqual(['chooses 7 clusters: a, b, c, d, e and 2 more']);
  });
});

describe('the list of deliveries', () => {
  beforeAll(() => void vi.stubGlobal('window', { location: { pathname: '/compliance/delivery', search: '' } }));
  afterAll(() => void vi.unstubAllGlobals());
  const rows = deliveriesOf([
    application({}),
    work({ isAvailable: false, message: 'timed out' }),
    placement,
    application({ name: 'late', sync: 'OutOfSync', health: 'Progressing' }),
  ]);

  it('has those first that need looking at', () => {
    expect(rows.map(({ state }) => state)).toEqual(['amiss', 'under-way', 'in-step', 'in-step']);
  });

  it('is searched by name, site and message, and filtered by kind and state', () => {
    const names = (filter: Partial<Parameters<typeof deliveriesShown>[1]>): string[] =>
      deliveriesShown(rows, { search: '', kind: null, state: null, ...filter }).map(({ name }) => name);
    expect(names({ search: 'TIMED' })).toEqual(['root']);
    expect(names({ search: 'st-agnes' })).toEqual(['late', 'edge']);
    expect(names({ kind: 'application', state: 'in-step' })).toEqual(['edge']);
  });

  it('shows what the platform says, with a way to the site', () => {
    const html = renderToStaticMarkup(
      <DeliveryList
        rows={rows}
        filter={{ search: '', kind: null, state: null }}
        now={Date.parse(AT) + 60_000}
        onFilter={() => undefined}
      />,
    );
    expect(html).toContain('href="/sites/riverside"');
    expect(html).toContain('applied, not available');
    expect(html).toContain('Synced, Healthy at 01234567');
  });

  it('says what it takes when there is nothing', () => {
    const html = renderToStaticMarkup(
      <DeliveryList rows={[]} filter={{ search: '', kind: null, state: null }} now={0} onFilter={() => undefined} />,
    );
    expect(html).toContain('HILUM_HUB_FLEET=ocm');
  });

  it('has an address that shows the same again', () => {
    const view = { kind: 'delivery', filter: { search: 'st', kind: 'work', state: 'amiss' } } as const;
    const address = addressOf(view);
    expect(address).toBe('/compliance/delivery?q=st&kind=work&state=amiss');
    const [path = '', search = ''] = address.split('?');
    expect(viewOf(path, `?${search}`)).toEqual(view);
    expect(viewOf('/compliance/delivery', '?kind=policy&state=x')).toEqual({
      kind: 'delivery',
      filter: { search: '', kind: null, state: null },
    });
  });
});
