import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pki } from '@hilum/local';
import type { SampleSecrets } from './environment-check.js';

/** What the mounted secrets of the services hold, by the name of the file. */
export async function sampleSecrets(): Promise<SampleSecrets> {
  const folder = mkdtempSync(join(tmpdir(), 'hilum-samples-'));
  try {
    const { ca, cert, key } = await new Pki(folder).client('st-agnes');
    const hex = '0123456789abcdef'.repeat(4);
    return {
      'ca.crt': readFileSync(ca, 'utf8'),
      'tls.crt': readFileSync(cert, 'utf8'),
      'tls.key': readFileSync(key, 'utf8'),
      uri: 'postgresql://app:password@hilum-db-rw.hilum:5432/app',
      'access-key-id': 'sample',
      'secret-access-key': 'sample',
      'site-key': hex,
      staff: 'sample',
      'hospital-it': 'sample',
      key: hex,
      'client-secret': 'sample',
      'audit-key': generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
