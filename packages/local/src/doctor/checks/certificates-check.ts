import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pkiDir } from '../../fleet/fleet-access.js';
import { hubPrincipals } from '../../kafka/access-rules.js';
import { commandLine } from '../../parts/command-line.js';
import { HUB, combine, failed, skipped, warning, type Check, type Finding } from '../check.js';
import type { Examination } from '../examination.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** The supervisor makes a certificate anew at a start when less remains. */
const RENEW_BEFORE_DAYS = 30;

/** A certificate as it lies in the PKI folder. */
export interface CertificateFacts {
  file: string;
  notBefore: Date;
  notAfter: Date;
  /** whether the folder's authority signed it */
  isOfAuthority: boolean;
  /** whether the key beside it belongs to it; false when there is none */
  isKeyItsOwn: boolean;
}

/** What is wrong with one certificate; null when nothing is. @param renew the command that has it made anew */
export function certificateFinding(facts: CertificateFacts, now: Date, renew: string): Finding | null {
  const { file, notBefore, notAfter } = facts;
  const name = basename(file);
  const fix = `${renew} (renews it)`;
  if (notAfter < now) return failed(`${name} expired on ${day(notAfter)}`, { since: notAfter.toISOString(), fix });
  if (notBefore > now)
    return failed(`${name} is not valid before ${notBefore.toISOString()}: this machine's clock may be behind`, {
      fix: 'timedatectl set-ntp true',
    });
  if (!facts.isOfAuthority) return failed(`${name} is not of the authority in ca.crt`, { fix });
  if (!facts.isKeyItsOwn) return failed(`${name} does not belong to the key beside it`, { fix });
  const daysLeft = Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS);
  if (daysLeft >= RENEW_BEFORE_DAYS) return null;
  return warning(`${name} expires in ${daysLeft} days, on ${day(notAfter)}`, { fix });
}

/** The certificates of one owner: valid now and for a while, of this folder's authority, each with its key. */
export function certificatesCheck(examination: Examination, subject: string): Check {
  return {
    name: 'certificates',
    subject,
    run: () => {
      const dir = pkiDir(examination.dataDir);
      const files = certificateFiles(dir).filter((name) => subjectOf(name) === subject);
      const renew = `${commandLine(examination, 'down')} && ${commandLine(examination, 'up')}`;
      if (files.length === 0)
        return examination.supervisor === null
          ? skipped('none was made yet')
          : failed(`there is no certificate of ${subject} in ${dir}`, { fix: `${renew} (makes it)` });
      const authority = readCertificate(join(dir, 'ca.crt'));
      const dates: Date[] = [];
      const findings = files.flatMap((name): Finding[] => {
        const file = join(dir, name);
        const certificate = readCertificate(file);
        if (certificate === null) return [failed(`${name} is no certificate`, { fix: `rm ${file}\n${renew}` })];
        const facts = factsOf(file, certificate, authority);
        dates.push(facts.notAfter);
        const finding = certificateFinding(facts, examination.now(), renew);
        return finding === null ? [] : [finding];
      });
      const first = dates.sort((one, other) => one.getTime() - other.getTime())[0];
      const until = first === undefined ? '' : `, the first to expire on ${day(first)}`;
      return combine(findings, `${files.length} in order${until}`);
    },
  };
}

function certificateFiles(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith('.crt'));
  } catch {
    return [];
  }
}

/** Whose certificate it is, by the name of the file, which is its common name. */
function subjectOf(file: string): string {
  const name = basename(file, '.crt');
  const isOfHub = name === 'ca' || (Object.values(hubPrincipals) as string[]).includes(name);
  return isOfHub ? HUB : name;
}

function factsOf(file: string, certificate: X509Certificate, authority: X509Certificate | null): CertificateFacts {
  return {
    file,
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
    isOfAuthority: authority !== null && certificate.verify(authority.publicKey),
    isKeyItsOwn: hasOwnKey(certificate, file.replace(/\.crt$/, '.key')),
  };
}

function readCertificate(file: string): X509Certificate | null {
  try {
    return new X509Certificate(readFileSync(file));
  } catch {
    return null;
  }
}

function hasOwnKey(certificate: X509Certificate, keyFile: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)));
  } catch {
    return false;
  }
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
