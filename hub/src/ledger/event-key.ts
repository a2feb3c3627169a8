import { hash } from 'node:crypto';

/**
 * By what an event is known again: 128 bits of SHA-256 over site and event id, as a UUID. The site is in it, so that no
 * site can take another one's ids; the migrations make the same in SQL.
 */
export function eventKey(site: string, id: string): string {
  const hex = hash('sha256', `${site}\n${id}`, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
