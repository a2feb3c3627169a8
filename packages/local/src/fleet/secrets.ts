import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from './atomic-file.js';

/** A secret and the file (mode 0600) that holds it; services get the file's name, never the value. */
export interface Secret {
  file: string;
  value: string;
}

/** Reads the secret, or makes it on first use. Secrets are never replaced: data and other programs depend on them. */
export function secret(dataDir: string, owner: string, name: string, make: () => string): Secret {
  const file = join(dataDir, 'secrets', owner, name);
  try {
    return { file, value: readFileSync(file, 'utf8').trim() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const value = make();
  writeFileAtomically(file, `${value}\n`);
  return { file, value };
}

/** Keys and passwords: hexadecimal, so that they need no quoting in addresses, SQL or files. */
export const hex = (bytes: number) => (): string => randomBytes(bytes).toString('hex');

/** Sign-in tokens, told apart by their prefix when one turns up where it should not be. */
export const token = (): string => `hilum_${randomBytes(24).toString('base64url')}`;

/** A private key to sign with: Ed25519, in PEM (PKCS#8). */
export const signingKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim();

/** The public half of such a key, in PEM (SubjectPublicKeyInfo). */
export function publicHalf(privatePem: string): string {
  return createPublicKey(privatePem).export({ type: 'spki', format: 'pem' }).toString();
}
