import { renderToStaticMarkup } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Site } from './api-types';
import { fleetViewOf } from './fleet-view';
import { sampleSite } from './sample-site';
import { SitesTable } from './sites-table';

const render = (sites: readonly Site[] | null, search = ''): string =>
  renderToStaticMarkup(
    <SitesTable
      sites={sites && new Map(sites.map((site) => [site.name, site]))}
      summary={null}
      view={fleetViewOf(search)}
      onView={() => undefined}
    />,
  );
const rows = (html: string): number => html.match(/<th[^>]*scope="row"/g)?.length ?? 0;

describe('the table of sites', () => {
  beforeEach(() => void vi.stubGlobal('window', { location: { pathname: '/', search: '' } }));
  afterEach(() => void vi.unstubAllGlobals());

  it('draws a page of a thousand sites, the worst first', () => {
    const sites = Array.from({ length: 1_000 }, (_, index) =>
      sampleSite({ name: `site-${index}`, state: index === 700 ? 'dead' : 'live', missing: index === 800 ? 7 : 0 }),
    );
    const html = render(sites);
    expect(rows(html)).toBe(10);
    expect(html.indexOf('site-700')).toBeLessThan(html.indexOf('site-800'));
    expect(html).toContain('7 missing');
    expect(rows(render(sites, '?size=100&page=10'))).toBe(100);
    // a page that is not there any more is the last one that is
    expect(rows(render(sites, '?page=4000'))).toBe(10);
  });

  it('says that it loads, that there are none, and that none fits', () => {
    expect(render(null)).toContain('Loading sites');
    expect(render([])).toContain('No sites yet');
    expect(render([sampleSite()], '?q=north')).toContain('No site fits');
  });
});
