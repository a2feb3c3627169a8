import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';

/** Whose signature it is: `sha256:` and the SHA-256 of the public key (SubjectPublicKeyInfo, DER). */
export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(der).digest('hex')}`;
}

export interface Signed {
  keyId: string;
  /** base64, of the canonical JSON of what is signed */
  signature: string;
}

/** Signs with the hub's Ed25519 key. */
export class AuditSigner {
  readonly #key: KeyObject;
  readonly publicKey: KeyObject;
  readonly keyId: string;

  /** @throws TypeError when it is no Ed25519 private key in PEM */
  constructor(pem: string) {
    this.#key = ed25519(() => createPrivateKey(pem));
    this.publicKey = createPublicKey(this.#key);
    this.keyId = keyIdOf(this.publicKey);
  }

  sign(content: object): Signed {
    return { keyId: this.keyId, signature: this.signBytes(Buffer.from(canonicalJson(content))).toString('base64') };
  }

  signBytes(bytes: Buffer): Buffer {
    return sign(null, bytes, this.#key);
  }

  /** PEM, for those who check signatures. */
  get publicPem(): string {
    return this.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }
}

/** The public keys whose signatures count: the hub's own, and those it had before. */
export class AuditKeys {
  readonly #keys: ReadonlyMap<string, KeyObject>;

  constructor(publicKeys: readonly KeyObject[]) {
    this.#keys = new Map(publicKeys.map((key) => [keyIdOf(key), key]));
  }

  knows(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  verifies(content: object, { keyId, signature }: Signed): boolean {
    const key = this.#keys.get(keyId);
    return (
      key !== undefined && verify(null, Buffer.from(canonicalJson(content)), key, Buffer.from(signature, 'base64'))
    );
  }
}

/** Every public key in a text of PEM blocks. @throws TypeError when one is no Ed25519 public key */
export function publicKeysOf(pem: string): KeyObject[] {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  return blocks.map((block) => ed25519(() => createPublicKey(block)));
}

function ed25519(read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (error) {
    throw new TypeError('it is no key in PEM', { cause: error });
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('it is no Ed25519 key');
  return key;
}

/** What is wrong with keys that a process was given, in lines that name the variable and the fix and no key. */
export function auditKeyProblems(given: {
  auditKey?: string | undefined;
  auditEarlierKeys?: string;
  auditPublicKeys?: string;
}): string[] {
  const { auditKey, auditEarlierKeys = '', auditPublicKeys = '' } = given;
  const problems: string[] = [];
  if (auditKey !== undefined && !holds(() => new AuditSigner(auditKey)))
    problems.push(
      'HILUM_HUB_AUDIT_KEY: must be an Ed25519 private key in PEM, such as openssl genpkey -algorithm ed25519 gives',
    );
  for (const [name, keys] of [
    ['HILUM_HUB_AUDIT_EARLIER_KEYS', auditEarlierKeys],
    ['HILUM_HUB_AUDIT_PUBLIC_KEYS', auditPublicKeys],
  ] as const)
    if (keys !== '' && !holds(() => publicKeysOf(keys).length > 0))
      problems.push(`${name}: must be Ed25519 public keys in PEM, such as openssl pkey -pubout gives`);
  return problems;
}

function holds(condition: () => unknown): boolean {
  try {
    return condition() !== false;
  } catch {
    return false;
  }
}
