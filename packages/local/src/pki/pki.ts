import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { X509Certificate, createPrivateKey, randomBytes, webcrypto, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { writeFileAtomically } from '../fleet/atomic-file.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const CA_DAYS = 3_650;
const CERTIFICATE_DAYS = 365;
const RENEW_BEFORE_DAYS = 30;
const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

x509.cryptoProvider.set(webcrypto);

/** By which every server of a data folder is reached. */
const LOCAL_HOSTS = ['localhost', '127.0.0.1'];

/** Nothing is there yet: no fault. */
const MISSING = 'missing';

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
  /** Told, in one line, of whatever had to be made anew and why; not of what is made for the first time. */
  note?: (text: string) => void;
}

/**
 * The private certificate authority of one data folder. Certificates are made on first use, kept, and made again when
 * less than 30 days remain or a file is damaged; a new authority makes all certificates anew.
 */
export class Pki {
  readonly #dir: string;
  readonly #now: () => Date;
  readonly #note: (text: string) => void;
  readonly #underway = new Map<string, Promise<IdentityFiles>>();
  #authority: Promise<Authority> | null = null;

  constructor(dir: string, { now = () => new Date(), note = () => undefined }: PkiOptions = {}) {
    this.#dir = dir;
    this.#now = now;
    this.#note = note;
  }

  /**
   * A certificate for a program that others connect to, by 127.0.0.1 or localhost; also good as its client certificate.
   * @param hosts names and IPv4 addresses by which others reach it as well; one that the kept certificate lacks makes it anew
   */
  server(commonName: string, hosts: readonly string[] = []): Promise<IdentityFiles> {
    return this.#identity(commonName, [...new Set([...LOCAL_HOSTS, ...hosts])]);
  }

  /** A certificate for a program that connects to others; its common name becomes the Kafka principal. */
  client(commonName: string): Promise<IdentityFiles> {
    return this.#identity(commonName, []);
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
  #identity(commonName: string, hosts: readonly string[]): Promise<IdentityFiles> {
    const underway = this.#underway.get(commonName);
    if (underway !== undefined) return underway;
    const files = this.#ensure(commonName, hosts).finally(() => this.#underway.delete(commonName));
    this.#underway.set(commonName, files);
    return files;
  }

  /** @param hosts whom a server's certificate names; none for a client's */
  async #ensure(commonName: string, hosts: readonly string[]): Promise<IdentityFiles> {
    this.#authority ??= this.#loadAuthority();
    const authority = await this.#authority;
    const files = this.files(commonName);
    const isServer = hosts.length > 0;
    const fault = await this.#fault(files, authority, hosts);
    if (fault === null) return files;
    if (fault !== MISSING) this.#note(`the certificate of ${commonName} is made anew: ${fault}`);
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
              new x509.SubjectAlternativeNameExtension(
                hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host })),
              ),
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
    const kept = await this.#keptAuthority(file, keyFile);
    if (typeof kept !== 'string') return kept;
    if (kept !== MISSING) this.#note(`the certificate authority is made anew, and all certificates with it: ${kept}`);
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

  /** The authority of before, or why it cannot be used. */
  async #keptAuthority(file: string, keyFile: string): Promise<Authority | string> {
    const [text, keyText] = [readText(file), readText(keyFile)];
    if (text === null || keyText === null) return text === keyText ? MISSING : 'half of it is missing';
    const certificate = parsedCertificate(text);
    const key = parsedKey(keyText);
    if (certificate === null) return `${file} is damaged`;
    if (key === null) return `${keyFile} is damaged`;
    const fault = this.#pairFault(certificate, key);
    return fault ?? { certificate, key: await importPrivateKey(keyText) };
  }

  /** Why the files of an identity cannot be used; null when they can. */
  async #fault(files: IdentityFiles, authority: Authority, hosts: readonly string[]): Promise<string | null> {
    const [text, keyText, keyStore] = [files.cert, files.key, files.keyStore].map(readText);
    if (text === null && keyText === null) return MISSING;
    // A making that was killed half-way: the certificate comes last, and a renewal leaves a new key beside the old one.
    if (typeof text !== 'string' || typeof keyText !== 'string') return 'a file of it is missing';
    const certificate = parsedCertificate(text);
    const key = parsedKey(keyText);
    if (certificate === null || key === null || keyStore !== keyText + text) return 'a file of it is damaged';
    const fault = this.#pairFault(certificate, key);
    if (fault !== null) return fault;
    const isOurs = await certificate.verify({ publicKey: authority.certificate, signatureOnly: true });
    if (!isOurs) return 'another authority signed it';
    const unnamed = hosts.find((host) => !isNamed(text, host));
    return unnamed === undefined ? null : `it does not name ${unnamed}`;
  }

  #pairFault(certificate: x509.X509Certificate, key: KeyObject): string | null {
    if (!new X509Certificate(certificate.toString('pem')).checkPrivateKey(key)) return 'its key is another';
    const days = this.#remainingDays(certificate);
    if (days > RENEW_BEFORE_DAYS) return null;
    const date = certificate.notAfter.toISOString();
    return days <= 0 ? `it expired on ${date}` : `it expires on ${date}`;
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

function parsedCertificate(pem: string): x509.X509Certificate | null {
  try {
    return new x509.X509Certificate(pem);
  } catch {
    return null;
  }
}

/** Whether clients that check the name of a server take this certificate for the host's. */
function isNamed(pem: string, host: string): boolean {
  const certificate = new X509Certificate(pem);
  return (
    (isIP(host) === 0 ? certificate.checkHost(host, { subject: 'never' }) : certificate.checkIP(host)) !== undefined
  );
}

function parsedKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
