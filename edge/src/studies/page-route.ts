import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';

/** Nothing from elsewhere, nothing inline: a name that slipped into the page could not run as a script. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The live list at `/`: plain files, no build. Signed-out visitors get the sign-in form and no data. */
export function addPage(app: Express): void {
  app.use(
    express.static(fileURLToPath(new URL('../../public/', import.meta.url)), {
      index: 'index.html',
      redirect: false,
      setHeaders: (response) => {
        response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
        response.setHeader('X-Content-Type-Options', 'nosniff');
        response.setHeader('Referrer-Policy', 'no-referrer');
        response.setHeader('Cache-Control', 'no-cache');
      },
    }),
  );
}
