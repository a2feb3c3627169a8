import { randomBytes } from 'node:crypto';

/** Reserved in every intake bucket: what is below it and matches {@link PROBE_KEY_PATTERN} is no image. */
export const PROBE_KEY_PREFIX = '.hilum-probe/';

/**
 * A whole probe key. Narrower than the prefix on purpose: a file that somebody drops into such a folder, whatever it is
 * called, is still taken as an image, for nothing but a probe has this name.
 */
const PROBE_KEY_PATTERN = /^\.hilum-probe\/[0-9a-f]{32}$/;

/**
 * A new key for a probe object: put into the intake bucket to see that the store tells Kafka of it, and deleted again.
 * It is no image to anybody: the normaliser of notifications ignores it and the reconciler passes it over.
 */
export function probeKey(): string {
  return `${PROBE_KEY_PREFIX}${randomBytes(16).toString('hex')}`;
}

/** Whether an object of the intake bucket is a probe and so no image. */
export function isProbeKey(key: string): boolean {
  return PROBE_KEY_PATTERN.test(key);
}
