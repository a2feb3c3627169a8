import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Pki, type IdentityFiles } from './pki.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hilum-pki-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const read = (file: string): string => readFileSync(file, 'utf8');
const certificateOf = ({ cert }: IdentityFiles): X509Certificate => new X509Certificate(read(cert));
const inDays = (days: number) => (): Date => new Date(Date.now() + days * 24 * 60 * 60 * 1000);

describe('Pki', () => {
  it('makes certificates that openssl verifies against the authority, for their own purpose only', async () => {
    const pki = new Pki(dir);
    const [server, client] = [await pki.server('hub-kafka'), await pki.client('st-agnes')];
    const verify = (file: string, purpose: string): number | null =>
      spawnSync('openssl', ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', server.ca, file]).status;
    expect(verify(server.cert, 'sslserver')).toBe(0);
    expect(verify(client.cert, 'sslclient')).toBe(0);
    expect(verify(client.cert, 'sslserver')).not.toBe(0);
  });

  it('names the server by 127.0.0.1 and localhost, and the client by its common name', async () => {
    const pki = new Pki(dir);
    expect(certificateOf(await pki.server('hub-kafka')).subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
    expect(certificateOf(await pki.client('st-agnes')).subject).toBe('CN=st-agnes');
  });

  it('names a server by further hosts, and makes a certificate anew that lacks one of them', async () => {
    const notes: string[] = [];
    const pki = new Pki(dir, { note: (text) => notes.push(text) });
    await pki.server('hub-kafka', ['127.0.0.1']);
    expect(notes).toEqual([]);
    const wide = await pki.server('hub-kafka', ['hub.example.org', '192.0.2.7']);
    expect(notes).toEqual(['the certificate of hub-kafka is made anew: it does not name hub.example.org']);
    const names = 'DNS:localhost, IP Address:127.0.0.1, DNS:hub.example.org, IP Address:192.0.2.7';
    expect(certificateOf(wide).subjectAltName).toBe(names);
    const kept = read(wide.cert);
    expect(read((await pki.server('hub-kafka', ['Hub.example.org'])).cert)).toBe(kept);
    expect(read((await pki.server('hub-kafka')).cert)).toBe(kept);
  });

  it('lets a mutual TLS handshake succeed, and refuses a client of another authority or without certificate', async () => {
    const pki = new Pki(dir);
    const server = await pki.server('hub-kafka');
    const client = await pki.client('st-agnes');
    const stranger = await new Pki(join(dir, 'other')).client('st-agnes');
    const listener = createServer(
      {
        ca: read(server.ca),
        cert: read(server.cert),
        key: read(server.key),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (socket: TLSSocket) => socket.end(String(socket.getPeerCertificate().subject.CN)),
    );
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', () => resolve()));
    const { port } = listener.address() as AddressInfo;
    const talk = (identity: Partial<IdentityFiles>): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect({
          host: '127.0.0.1',
          port,
          ca: read(server.ca),
          ...(identity.cert === undefined ? {} : { cert: read(identity.cert) }),
          ...(identity.key === undefined ? {} : { key: read(identity.key) }),
        });
        let text = '';
        socket.on('data', (chunk) => (text += String(chunk)));
        socket.on('error', () => resolve('refused'));
        socket.on('close', () => resolve(text === '' ? 'refused' : text));
      });
    expect(await talk(client)).toBe('st-agnes');
    expect(await talk(stranger)).toBe('refused');
    expect(await talk({})).toBe('refused');
    listener.close();
  });

  it('keeps certificates from one start to the next', async () => {
    const first = read((await new Pki(dir).client('st-agnes')).cert);
    expect(read((await new Pki(dir).client('st-agnes')).cert)).toBe(first);
  });

  it('renews a certificate with less than 30 days left, under the same authority', async () => {
    const before = await new Pki(dir).client('st-agnes');
    const [authority, certificate] = [read(before.ca), read(before.cert)];
    expect(read((await new Pki(dir, { now: inDays(330) }).client('st-agnes')).cert)).toBe(certificate);
    const after = await new Pki(dir, { now: inDays(340) }).client('st-agnes');
    expect(read(after.cert)).not.toBe(certificate);
    expect(read(after.ca)).toBe(authority);
  });

  it('makes everything anew when the authority runs out', async () => {
    const before = certificateOf(await new Pki(dir).client('st-agnes'));
    const after = await new Pki(dir, { now: inDays(3_630) }).client('st-agnes');
    const authority = new X509Certificate(read(after.ca));
    expect(certificateOf(after).verify(authority.publicKey)).toBe(true);
    expect(before.verify(authority.publicKey)).toBe(false);
  });

  it('makes a certificate anew whose key is another, as a renewal that was killed half-way leaves it', async () => {
    const pki = new Pki(dir);
    const files = await pki.client('st-agnes');
    writeFileSync(files.key, read((await pki.client('riverside')).key));
    const healed = await pki.client('st-agnes');
    expect(spawnSync('openssl', ['pkey', '-in', healed.key, '-pubout'], { encoding: 'utf8' }).stdout).toBe(
      certificateOf(healed).publicKey.export({ type: 'spki', format: 'pem' }),
    );
  });

  it('heals what is damaged, expired or half-written, and says what and why', async () => {
    const files = await new Pki(dir).client('st-agnes');
    const healed = async (now?: () => Date): Promise<string[]> => {
      const notes: string[] = [];
      const note = (text: string): void => void notes.push(text);
      await new Pki(dir, { note, ...(now === undefined ? {} : { now }) }).client('st-agnes');
      const check = ['verify', '-CAfile', files.ca, files.cert];
      if (now === undefined) expect(spawnSync('openssl', check).status).toBe(0);
      expect(read(files.keyStore)).toBe(read(files.key) + read(files.cert));
      return notes;
    };
    expect(await healed()).toEqual([]);
    const anew = 'the certificate of st-agnes is made anew';
    for (const file of [files.cert, files.key, files.keyStore]) {
      writeFileSync(file, read(file).slice(0, 100));
      expect(await healed()).toEqual([`${anew}: a file of it is damaged`]);
    }
    rmSync(files.key);
    expect(await healed()).toEqual([`${anew}: a file of it is missing`]);
    const { validTo } = certificateOf(files);
    expect(await healed(inDays(400))).toEqual([`${anew}: it expired on ${new Date(validTo).toISOString()}`]);
  });

  it.each(['ca.crt', 'ca.key'])('makes a damaged %s anew, and every certificate with it', async (name) => {
    const files = await new Pki(dir).client('st-agnes');
    writeFileSync(join(dir, name), '-----BEGIN CERTIFICATE-----\ncut sho');
    const notes: string[] = [];
    await new Pki(dir, { note: (text) => void notes.push(text) }).client('st-agnes');
    expect(notes).toEqual([
      `the certificate authority is made anew, and all certificates with it: ${join(dir, name)} is damaged`,
      'the certificate of st-agnes is made anew: another authority signed it',
    ]);
    expect(certificateOf(files).verify(new X509Certificate(read(files.ca)).publicKey)).toBe(true);
  });

  it('gives two who ask at the same time the same identity', async () => {
    const pki = new Pki(dir);
    const [a, b] = await Promise.all([pki.client('hub-admin'), pki.client('hub-admin')]);
    expect(read(a.keyStore)).toBe(read(b.keyStore));
    expect(read(a.keyStore)).toBe(read(a.key) + read(a.cert));
  });

  it('lets nobody but the owner read any file', async () => {
    await new Pki(dir).client('st-agnes');
    for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
  });
});
