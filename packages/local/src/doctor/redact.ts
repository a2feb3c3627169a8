import type { FleetState } from '../fleet/fleet-state.js';

/** The least length that is hidden: shorter ones could be parts of ordinary words. */
const LEAST_LENGTH = 8;

/** Every secret that state.json holds. */
export function secretsOf(state: FleetState | null): string[] {
  if (state === null) return [];
  const owners = [state.hub, ...state.sites];
  const all = owners.flatMap(({ tokens, databaseUrl, s3 }) => [
    ...Object.values(tokens ?? {}),
    databaseUrl,
    passwordOf(databaseUrl),
    s3.secretAccessKey,
    s3.accessKeyId,
  ]);
  return all.filter((secret) => typeof secret === 'string' && secret.length >= LEAST_LENGTH);
}

/** Hides secrets: what a library says in an error is not ours to choose. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[hidden]'), text);
}

function passwordOf(databaseUrl: string): string {
  try {
    return decodeURIComponent(new URL(databaseUrl).password);
  } catch {
    return '';
  }
}
