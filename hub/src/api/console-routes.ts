import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Express } from 'express';

/** Nothing but our own server: no inline script or style, no frame around us, no form to elsewhere. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const YEAR_SECONDS = 31_536_000;

/**
 * Serves the built console: hashed files below /assets for a year, everything else checked each time. A path that a
 * browser navigates to and that is no file is answered with the page, whose own code knows its paths; /api is not.
 */
export function addConsoleRoutes(app: Express, folder: string): void {
  app.use((request, response, next) => {
    if (!isConsolePath(request.path)) {
      next();
      return;
    }
    response.set({
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    });
    next();
  });
  app.use(
    '/assets',
    express.static(join(folder, 'assets'), { immutable: true, maxAge: YEAR_SECONDS * 1000, fallthrough: true }),
  );
  app.use(
    express.static(folder, { index: false, setHeaders: (response) => response.set('Cache-Control', 'no-cache') }),
  );
  app.get('/{*path}', (request, response, next) => {
    const page = join(folder, 'index.html');
    if (!isConsolePath(request.path) || request.path.startsWith('/assets/') || !request.accepts('html')) next();
    else if (!existsSync(page)) next();
    else response.set('Cache-Control', 'no-cache').sendFile(page);
  });
}

function isConsolePath(path: string): boolean {
  return !/^\/(api|healthz|readyz|metrics|openapi\.json)(\/|$)/.test(path);
}
