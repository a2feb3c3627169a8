import { Registry } from '@hilum/runtime';
import type { Express } from 'express';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDeadLettersRoutes } from './dead-letters/dead-letters-routes.js';
import { addIntakeRoute } from './intake/intake-route.js';
import { addRelayRoutes } from './relay/relay-routes.js';
import { SITE_ROLES, type SiteRole } from './site-role.js';
import { addStudiesRoutes } from './studies/studies-routes.js';
import { HOSPITAL_IT, STAFF, serveRoutes } from './testing/serve-routes.js';

const AUTHORISATION: Record<SiteRole, Record<string, string>> = { staff: STAFF, 'hospital-it': HOSPITAL_IT };
/** Behind every route there is nothing that works: who is let through is answered with some other error. */
const nothing = {} as never;

/** The rows of docs/roles.md about a site: what may be asked for, and by whom. */
const documented = (
  readFileSync(new URL('../../docs/roles.md', import.meta.url), 'utf8').split('## At a site')[1] ?? ''
)
  .split('\n')
  .filter((line) => /^\| `[A-Z]+ \//.test(line))
  .flatMap((line) => {
    const [, resources = '', ...cells] = line.split('|').map((cell) => cell.trim());
    const allowed = SITE_ROLES.filter((_, index) => cells[index] === 'yes');
    const method = /`([A-Z]+) /.exec(resources)?.[1] ?? '';
    return [...resources.matchAll(/(\/[^`]+)`/g)].map((match) => ({ method, path: match[1] ?? '', allowed }));
  });

let server: Awaited<ReturnType<typeof serveRoutes>>;
let routes: string[] = [];

beforeAll(async () => {
  server = await serveRoutes((app, { signIn, log }) => {
    const signInRoutes = routesOf(app).length;
    addIntakeRoute(app, { intake: nothing, signIn, maxBytes: 1, registry: new Registry() });
    addStudiesRoutes(app, {
      store: nothing,
      feed: nothing,
      objects: nothing,
      resultsBucket: 'xray-results',
      signIn,
      stopping: new AbortController().signal,
    });
    addRelayRoutes(app, { replays: nothing, signIn, log, onAsked: () => undefined });
    addDeadLettersRoutes(app, { deadLetters: nothing, signIn, log });
    routes = routesOf(app).slice(signInRoutes);
  });
});
afterAll(() => server.close());

/** `METHOD /path/{parameter}` of every route. */
function routesOf(app: Express): string[] {
  return app.router.stack.flatMap(({ route }) => {
    if (route === undefined) return [];
    const methods = Object.keys((route as unknown as { methods: Record<string, boolean> }).methods);
    return methods.map((method) => `${method.toUpperCase()} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`);
  });
}

describe("the role matrix of a site's API", () => {
  it('is in docs/roles.md, whole', () => {
    const names = (list: readonly string[]): string[] =>
      list.map((name) => name.replaceAll('{studyId}', '{id}')).sort();
    expect(names(documented.map(({ method, path }) => `${method} ${path}`))).toEqual(names(routes));
  });

  it.each(documented)('holds for $method $path: $allowed', async ({ method, path, allowed }) => {
    const address = path.replaceAll(/\{\w+\}/g, '0-0');
    expect((await server.call(method, address, undefined, {})).status).toBe(401);
    for (const role of SITE_ROLES) {
      const { status } = await server.call(method, address, undefined, AUTHORISATION[role]);
      expect(status === 403, role).toBe(!allowed.includes(role));
      expect(status, role).not.toBe(401);
    }
  });
});
