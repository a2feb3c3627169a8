import { X509Certificate, createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface KafkaTlsFiles {
  kafkaTlsCaFile?: string | undefined;
  kafkaTlsCertFile?: string | undefined;
  kafkaTlsKeyFile?: string | undefined;
}

const CA = 'HILUM_KAFKA_TLS_CA_FILE';
const CERT = 'HILUM_KAFKA_TLS_CERT_FILE';
const KEY = 'HILUM_KAFKA_TLS_KEY_FILE';

/**
 * What is wrong with the TLS files of a process, before it connects: a broker answers a bad certificate with no more
 * than a closed connection, which looks like a broker that is away.
 * @returns one line for each problem: variable, file, what is wrong, what to do
 */
export function kafkaTlsProblems(files: KafkaTlsFiles, now: Date = new Date()): string[] {
  const { kafkaTlsCaFile: ca, kafkaTlsCertFile: cert, kafkaTlsKeyFile: key } = files;
  const problems: string[] = [];
  if (ca === undefined && (cert ?? key) !== undefined)
    problems.push(`${CA}: is required with ${cert === undefined ? KEY : CERT}, or the connection would be plain text`);
  if (cert === undefined && key !== undefined) problems.push(`${CERT}: is required with ${KEY}`);
  if (key === undefined && cert !== undefined) problems.push(`${KEY}: is required with ${CERT}`);

  const authorities = certificatesIn(CA, ca, problems);
  // a bundle may keep an old authority beside its successor
  if (!authorities.some((authority) => validityProblem(authority, now) === null))
    problems.push(...authorities.map((authority) => `${CA}: ${String(ca)} ${validityText(authority, now)}`));

  const chain = certificatesIn(CERT, cert, problems);
  for (const certificate of chain) {
    if (validityProblem(certificate, now) !== null)
      problems.push(`${CERT}: ${String(cert)} ${validityText(certificate, now)}`);
  }
  const privateKey = privateKeyIn(key, problems);
  const [own] = chain;
  if (own !== undefined && privateKey !== null && !own.checkPrivateKey(privateKey))
    problems.push(`${KEY}: the key in ${String(key)} is not that of the certificate in ${String(cert)}: name a pair`);
  return problems;
}

/**
 * When the certificates of a process end, in seconds since the epoch: its own chain with the first of its certificates,
 * the authorities with the last of theirs, since a bundle may keep an old one beside its successor.
 * @returns nothing for what is not named or not usable
 */
export function kafkaTlsExpiry(files: KafkaTlsFiles): { certificate: 'own' | 'authority'; seconds: number }[] {
  const endsIn = (file: string | undefined): number[] =>
    certificatesIn('', file, []).map(({ validTo }) => Date.parse(validTo) / 1000);
  const own = endsIn(files.kafkaTlsCertFile);
  const authority = endsIn(files.kafkaTlsCaFile);
  return [
    ...(own.length === 0 ? [] : [{ certificate: 'own' as const, seconds: Math.min(...own) }]),
    ...(authority.length === 0 ? [] : [{ certificate: 'authority' as const, seconds: Math.max(...authority) }]),
  ];
}

/** The certificates of a file, the first one's own certificate first; none when no file is named or it is not usable. */
function certificatesIn(variable: string, file: string | undefined, problems: string[]): X509Certificate[] {
  const text = textOf(variable, file, problems);
  if (text === null) return [];
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length > 0) return blocks.map((block) => new X509Certificate(block));
  } catch {
    // cut short or garbled: as good as none
  }
  problems.push(`${variable}: ${String(file)} holds no whole PEM certificate: copy it there again`);
  return [];
}

function privateKeyIn(file: string | undefined, problems: string[]): KeyObject | null {
  const text = textOf(KEY, file, problems);
  if (text === null) return null;
  try {
    return createPrivateKey(text);
  } catch {
    problems.push(`${KEY}: ${String(file)} holds no PEM private key without a pass phrase: copy it there again`);
    return null;
  }
}

function textOf(variable: string, file: string | undefined, problems: string[]): string | null {
  if (file === undefined) return null;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    problems.push(`${variable}: ${file} cannot be read (${why}): mount it there, readable for this process`);
    return null;
  }
}

function validityProblem(certificate: X509Certificate, now: Date): 'expired' | 'not valid yet' | null {
  if (new Date(certificate.validTo) <= now) return 'expired';
  return new Date(certificate.validFrom) > now ? 'not valid yet' : null;
}

function validityText(certificate: X509Certificate, now: Date): string {
  const name = certificate.subject.replaceAll('\n', ', ');
  return validityProblem(certificate, now) === 'expired'
    ? `(${name}) expired on ${new Date(certificate.validTo).toISOString()}: renew it`
    : `(${name}) is not valid before ${new Date(certificate.validFrom).toISOString()}: set this machine's clock (${now.toISOString()}) right, or name another certificate`;
}
