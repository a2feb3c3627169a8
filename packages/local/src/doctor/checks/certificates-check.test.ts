import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Pki } from '../../pki/pki.js';
import { NOW, ago, sampleExamination } from '../testing/sample-examination.js';
import { certificateFinding, certificatesCheck, type CertificateFacts } from './certificates-check.js';

const DAY_S = 24 * 3_600;
const facts = (change: Partial<CertificateFacts> = {}): CertificateFacts => ({
  file: '/data/pki/hub.crt',
  notBefore: ago(DAY_S),
  notAfter: ago(-300 * DAY_S),
  isOfAuthority: true,
  isKeyItsOwn: true,
  ...change,
});
const find = (change: Partial<CertificateFacts>) => certificateFinding(facts(change), NOW, 'hilum down && hilum up');

describe('a certificate', () => {
  it('is well for a month and more', () => {
    expect(find({})).toBeNull();
    expect(find({ notAfter: ago(-30 * DAY_S) })).toBeNull();
  });

  it('is a warning when less than 30 days remain', () => {
    expect(find({ notAfter: ago(-30 * DAY_S + 1) })).toMatchObject({
      state: 'warning',
      detail: 'hub.crt expires in 29 days, on 2026-03-31',
    });
  });

  it('is failed when it has expired, since it did', () => {
    expect(find({ notAfter: ago(DAY_S) })).toEqual({
      state: 'failed',
      detail: 'hub.crt expired on 2026-02-28',
      since: ago(DAY_S).toISOString(),
      fix: 'hilum down && hilum up (renews it)',
    });
  });

  it('is failed when it is not valid yet, of another authority, or not of its key', () => {
    expect(find({ notBefore: ago(-60) })?.detail).toContain('is not valid before');
    expect(find({ isOfAuthority: false })?.detail).toBe('hub.crt is not of the authority in ca.crt');
    expect(find({ isKeyItsOwn: false })?.detail).toBe('hub.crt does not belong to the key beside it');
  });
});

describe('the certificates of a data folder', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'hilum-certificates-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));
  const check = (subject: string, supervisor: { pid: number; startTime: string } | null = null) =>
    certificatesCheck(sampleExamination({ dataDir, supervisor, now: () => new Date() }), subject).run(
      new AbortController().signal,
    );
  const pki = (now?: () => Date) => new Pki(join(dataDir, 'pki'), now === undefined ? {} : { now });

  it('are looked at by whose they are', async () => {
    await pki().server('hub-kafka');
    await pki().client('st-agnes');
    expect(await check('hub')).toMatchObject({ state: 'ok' });
    expect((await check('hub')).detail).toContain('2 in order');
    expect((await check('st-agnes')).detail).toContain('1 in order');
  });

  it('are failed when expired, when swapped, and when they are none', async () => {
    await pki(() => new Date('2020-01-01T00:00:00Z')).client('st-agnes');
    expect(await check('st-agnes')).toMatchObject({ state: 'failed', since: '2020-12-31T00:00:00.000Z' });
    await pki().client('st-agnes');
    const { key, cert } = pki().files('st-agnes');
    const other = await pki().client('hub');
    rmSync(key);
    expect((await check('st-agnes')).detail).toContain('does not belong to the key');
    writeFileSync(other.ca, 'no certificate');
    expect((await check('st-agnes')).detail).toContain('is not of the authority');
    writeFileSync(cert, 'no certificate');
    expect(await check('st-agnes')).toMatchObject({ state: 'failed', detail: 'st-agnes.crt is no certificate' });
  });

  it('are missed while it runs, and not before the first start', async () => {
    expect(await check('st-agnes')).toMatchObject({ state: 'skipped' });
    expect(await check('st-agnes', { pid: 1, startTime: '1' })).toMatchObject({ state: 'failed' });
  });
});
