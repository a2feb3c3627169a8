import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kafkaTlsExpiry, kafkaTlsProblems } from './kafka-tls-problems.js';

const DAY_MS = 86_400_000;
const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS);

let folder: string;
const file = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(file(name), 'utf8');

function makePair(name: string, days: number): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file(`${name}.key`)];
  const args = ['req', '-x509', ...key, '-days', String(days), '-subj', `/CN=${name}`, '-out', file(`${name}.crt`)];
  execFileSync('openssl', args, { stdio: 'pipe' });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-tls-'));
  makePair('ca', 1_000);
  makePair('own', 100);
  writeFileSync(file('half.crt'), read('own.crt').slice(0, 200));
  writeFileSync(file('bundle.crt'), read('own.crt') + read('ca.crt'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = (changes: { ca?: string; cert?: string; key?: string } = {}): Parameters<typeof kafkaTlsProblems>[0] => ({
  kafkaTlsCaFile: file(changes.ca ?? 'ca.crt'),
  kafkaTlsCertFile: file(changes.cert ?? 'own.crt'),
  kafkaTlsKeyFile: file(changes.key ?? 'own.key'),
});

describe('kafkaTlsProblems', () => {
  it('has nothing against plain text, a CA alone, or a whole identity', () => {
    expect(kafkaTlsProblems({})).toEqual([]);
    expect(kafkaTlsProblems({ kafkaTlsCaFile: file('ca.crt') })).toEqual([]);
    expect(kafkaTlsProblems(files())).toEqual([]);
  });

  it('names variable, file, owner and date of an expired certificate', () => {
    const validTo = new Date(new X509Certificate(read('own.crt')).validTo).toISOString();
    expect(kafkaTlsProblems(files(), inDays(101))).toEqual([
      `HILUM_KAFKA_TLS_CERT_FILE: ${file('own.crt')} (CN=own) expired on ${validTo}: renew it`,
    ]);
  });

  it('tells of an expired CA as well, and not while its file holds one that is valid', () => {
    expect(kafkaTlsProblems({ kafkaTlsCaFile: file('ca.crt') }, inDays(1_001))).toEqual([
      expect.stringMatching(/^HILUM_KAFKA_TLS_CA_FILE: .*ca\.crt \(CN=ca\) expired on .*: renew it$/),
    ]);
    expect(kafkaTlsProblems({ kafkaTlsCaFile: file('bundle.crt') }, inDays(101))).toEqual([]);
  });

  it('suspects the clock when a certificate is not valid yet', () => {
    expect(kafkaTlsProblems(files(), inDays(-1))).toEqual([
      expect.stringContaining('HILUM_KAFKA_TLS_CA_FILE'),
      expect.stringMatching(/^HILUM_KAFKA_TLS_CERT_FILE: .* is not valid before .*: set this machine's clock/),
    ]);
  });

  it('refuses the key of another certificate', () => {
    expect(kafkaTlsProblems(files({ key: 'ca.key' }))).toEqual([
      `HILUM_KAFKA_TLS_KEY_FILE: the key in ${file('ca.key')} is not that of the certificate in ${file('own.crt')}: name a pair`,
    ]);
  });

  it('names every file that is missing or not whole together', () => {
    expect(kafkaTlsProblems(files({ ca: 'gone.crt', cert: 'half.crt', key: 'own.crt' }))).toEqual([
      `HILUM_KAFKA_TLS_CA_FILE: ${file('gone.crt')} cannot be read (ENOENT): mount it there, readable for this process`,
      `HILUM_KAFKA_TLS_CERT_FILE: ${file('half.crt')} holds no whole PEM certificate: copy it there again`,
      `HILUM_KAFKA_TLS_KEY_FILE: ${file('own.crt')} holds no PEM private key without a pass phrase: copy it there again`,
    ]);
  });

  it('refuses an identity without a CA, which would be ignored in silence, and half an identity', () => {
    const { kafkaTlsCertFile, kafkaTlsCaFile } = files();
    expect(kafkaTlsProblems({ kafkaTlsCertFile })).toEqual([
      'HILUM_KAFKA_TLS_CA_FILE: is required with HILUM_KAFKA_TLS_CERT_FILE, or the connection would be plain text',
      'HILUM_KAFKA_TLS_KEY_FILE: is required with HILUM_KAFKA_TLS_CERT_FILE',
    ]);
    expect(kafkaTlsProblems({ kafkaTlsCaFile, kafkaTlsKeyFile: file('own.key') })).toEqual([
      'HILUM_KAFKA_TLS_CERT_FILE: is required with HILUM_KAFKA_TLS_KEY_FILE',
    ]);
  });
});

describe('kafkaTlsExpiry', () => {
  const endOf = (name: string): number => Date.parse(new X509Certificate(read(name)).validTo) / 1000;

  it('tells when a chain first and when a bundle of authorities last ends', () => {
    expect(kafkaTlsExpiry({ kafkaTlsCaFile: file('bundle.crt'), kafkaTlsCertFile: file('bundle.crt') })).toEqual([
      { certificate: 'own', seconds: endOf('own.crt') },
      { certificate: 'authority', seconds: endOf('ca.crt') },
    ]);
  });

  it('tells nothing of files that are not named or not usable', () => {
    expect(kafkaTlsExpiry({ kafkaTlsCaFile: file('half.crt'), kafkaTlsKeyFile: file('own.key') })).toEqual([]);
  });
});
