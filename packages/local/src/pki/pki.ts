import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { X509Certificate, createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../fleet/atomic-file.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const CA_DAYS = 3_650;
const CERTIFICATE_DAYS = 365;
const RENEW_BEFORE_DAYS = 30;
const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

x509.cryptoProvider.set(webcrypto);

type CryptoKey = webcrypto.CryptoKey;
type CryptoKeyPair = webcrypto.CryptoKeyPair;

/** The files of one identity, all PEM. */
export interface IdentityFiles {
  ca: string;
  cert: string;
  /** PKCS#8 */
  key: string;
  /** key and certificate in one file: what Kafka wants as a key store */
  keyStore: string;
}

export interface PkiOptions {
  now?: () => Date;
}

/**
 * The private certificate authority of one data folder. Certificates are made on first use, kept, and made again when
 * less than 30 days remain; a new authority makes all certificates anew.
 */
export class Pki {
  readonly #dir: string;
  readonly #now: () => Date;
  readonly #underway = new Map<string, Promise<IdentityFiles>>();
  #authority: Promise<Authority> | null = null;

  constructor(dir: string, { now = () => new Date() }: PkiOptions = {}) {
    this.#dir = dir;
    this.#now = now;
  }

  /** A certificate for a program that others connect to, by 127.0.0.1 or localhost; also good as its client certificate. */
  server(commonName: string): Promise<IdentityFiles> {
    return this.#identity(commonName, true);
  }

  /** A certificate for a program that connects to others; its common name becomes the Kafka principal. */
  client(commonName: string): Promise<IdentityFiles> {
    return this.#identity(commonName, false);
  }

  /** Where the files of an identity are, whether made yet or not. */
  files(commonName: string): IdentityFiles {
    return {
      ca: join(this.#dir, 'ca.crt'),
      cert: join(this.#dir, `${commonName}.crt`),
      key: join(this.#dir, `${commonName}.key`),
      keyStore: join(this.#dir, `${commonName}.pem`),
    };
  }

  /** Two who ask for the same identity at once must get the same one, not a key of one and a certificate of another. */
  #identity(commonName: string, isServer: boolean): Promise<IdentityFiles> {
    const underway = this.#underway.get(commonName);
    if (underway !== undefined) return underway;
    const files = this.#ensure(commonName, isServer).finally(() => this.#underway.delete(commonName));
    this.#underway.set(commonName, files);
    return files;
  }

  async #ensure(commonName: string, isServer: boolean): Promise<IdentityFiles> {
    this.#authority ??= this.#loadAuthority();
    const authority = await this.#authority;
    const files = this.files(commonName);
    if (await this.#isGood(files, authority)) return files;
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: newSerialNumber(),
      subject: `CN=${commonName}`,
      issuer: authority.certificate.subject,
      ...this.#validity(CERTIFICATE_DAYS),
      signingKey: authority.key,
      publicKey: keys.publicKey,
      signingAlgorithm: KEY_ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.clientAuth,
          ...(isServer ? [x509.ExtendedKeyUsage.serverAuth] : []),
        ]),
        ...(isServer
          ? [
              new x509.SubjectAlternativeNameExtension([
                { type: 'dns', value: 'localhost' },
                { type: 'ip', value: '127.0.0.1' },
              ]),
            ]
          : []),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
      ],
    });
    const keyPem = await privateKeyPem(keys.privateKey);
    const certificatePem = `${certificate.toString('pem')}\n`;
    writeFileAtomically(files.key, keyPem);
    writeFileAtomically(files.keyStore, keyPem + certificatePem);
    // Last: a certificate file that is there says that the rest is.
    writeFileAtomically(files.cert, certificatePem);
    return files;
  }

  async #loadAuthority(): Promise<Authority> {
    const file = join(this.#dir, 'ca.crt');
    const keyFile = join(this.#dir, 'ca.key');
    const kept = readCertificate(file);
    const keptKey = readText(keyFile);
    if (kept !== null && keptKey !== null && this.#remainingDays(kept) > RENEW_BEFORE_DAYS) {
      return { certificate: kept, key: await importPrivateKey(keptKey) };
    }
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: newSerialNumber(),
      name: 'CN=Hilum local CA',
      ...this.#validity(CA_DAYS),
      signingAlgorithm: KEY_ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    writeFileAtomically(keyFile, await privateKeyPem(keys.privateKey));
    writeFileAtomically(file, `${certificate.toString('pem')}\n`);
    return { certificate, key: keys.privateKey };
  }

  async #isGood(files: IdentityFiles, authority: Authority): Promise<boolean> {
    const certificate = readCertificate(files.cert);
    const key = readText(files.key);
    if (certificate === null || key === null || readText(files.keyStore) === null) return false;
    // A renewal that was killed half-way left a new key beside the old certificate.
    if (!new X509Certificate(certificate.toString('pem')).checkPrivateKey(createPrivateKey(key))) return false;
    if (this.#remainingDays(certificate) <= RENEW_BEFORE_DAYS) return false;
    return certificate.verify({ publicKey: authority.certificate, signatureOnly: true });
  }

  #remainingDays(certificate: x509.X509Certificate): number {
    return (certificate.notAfter.getTime() - this.#now().getTime()) / DAY_MS;
  }

  #validity(days: number): { notBefore: Date; notAfter: Date } {
    const now = this.#now().getTime();
    // A day back: clocks that are a little behind must not refuse a certificate as not yet valid.
    return { notBefore: new Date(now - DAY_MS), notAfter: new Date(now + days * DAY_MS) };
  }
}

interface Authority {
  certificate: x509.X509Certificate;
  key: CryptoKey;
}

function newKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
}

async function privateKeyPem(key: CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n`;
}

function importPrivateKey(pem: string): Promise<CryptoKey> {
  const [der] = x509.PemConverter.decode(pem);
  if (der === undefined) throw new Error('the key of the certificate authority is empty');
  return webcrypto.subtle.importKey('pkcs8', der, KEY_ALGORITHM, false, ['sign']);
}

/** Positive, as RFC 5280 section 4.1.2.2 wants, hence the cleared first bit. */
function newSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('hex');
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function readCertificate(file: string): x509.X509Certificate | null {
  const text = readText(file);
  return text === null ? null : new x509.X509Certificate(text);
}
