import { request } from 'node:https';

/**
 * Whether a controller says that it is well. Its certificate is one that it made for itself when it started: nobody's
 * secret is sent, and all that is asked is whether it lives.
 */
export function isHealthy(port: number, path = '/healthz'): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false, timeout: 5_000 },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end();
  });
}

/** The same over plain HTTP. */
export async function isHealthyPlain(port: number, path = '/healthz'): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}${path}`)).ok;
}
