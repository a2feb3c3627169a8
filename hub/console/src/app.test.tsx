import { renderToStaticMarkup } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pageAt } from './app';
import { FleetPage } from './fleet-page';
import { NoSuchPage } from './no-such-page';

const at = (address: string): ReturnType<typeof pageAt> => {
  const { pathname: path, search } = new URL(address, 'http://hub');
  return pageAt({ path, search });
};

describe('the page at an address', () => {
  it('is Fleet at the root alone, whatever is searched for', () => {
    expect(at('/')).toBe(FleetPage);
    expect(at('/?q=agnes&state=live')).toBe(FleetPage);
    expect(at('/index.html')).toBe(FleetPage);
  });

  it('is that of results also at their old address', () => {
    expect(at('/?site=st-agnes')).toBe(at('/results'));
    expect(at('/?decision=review')).toBe(at('/results'));
  });

  it.each(['/nope', '/nope?site=st-agnes', '/fleet/'])('is none at %s', (address) => {
    expect(at(address)).toBe(NoSuchPage);
  });
});

describe('the page that is none', () => {
  beforeEach(() => void vi.stubGlobal('window', { location: { pathname: '/nope', search: '' } }));
  afterEach(() => void vi.unstubAllGlobals());

  it('says so, leads to Fleet, and names no other page as the one that is shown', () => {
    const html = renderToStaticMarkup(
      <NoSuchPage role="data-science" onSignOut={() => undefined} onSignedOut={() => undefined} />,
    );
    expect(html).toContain('No such page');
    expect(html).toMatch(/nothing at this address\. <a href="\/">Fleet<\/a>/);
    expect(html).not.toContain('aria-current');
  });
});
