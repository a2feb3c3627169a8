import { HUB } from '../doctor/check.js';
import { allowListCheck, hubAccessCheck } from '../doctor/checks/allow-list-check.js';
import { certificatesCheck } from '../doctor/checks/certificates-check.js';
import { clocksCheck } from '../doctor/checks/clocks-check.js';
import { servedModelCheck } from '../doctor/checks/model-check.js';
import { bucketsFinding, brokerTlsFinding, loopbackFinding, signInFinding } from './access-checks.js';
import type { LocalPolicy } from './local-policy.js';
import { auditKeptFinding, backupFinding, eventsFinding, secretsFinding, telemetryFinding } from './record-checks.js';

const STANDARDS = ['HIPAA Security Rule', 'NIST SP 800-53'];
const SAFEGUARDS = 'hilum-hipaa-safeguards';
const BOUNDARY = 'hilum-privacy-boundary';

export const LOCAL_POLICY_SETS = [
  { name: SAFEGUARDS, description: 'Technical safeguards of 45 CFR 164.312 and the records that they need' },
  { name: BOUNDARY, description: 'What keeps patients’ identities inside a hospital' },
];

/** What is demanded of a hub and hospitals on one machine, by name. Each is checked; none is only stated. */
export const LOCAL_POLICIES: readonly LocalPolicy[] = [
  {
    name: 'policy-audit-kept-six-years',
    title: 'The audit is kept for six years',
    why: 'Who saw which rows must be told for six years, so nothing younger may have been dropped.',
    severity: 'high',
    standards: STANDARDS,
    categories: ['AU Audit and Accountability'],
    controls: ['164.312(b)', '164.316(b)(2)(i)', 'AU-9', 'AU-11'],
    policySets: [SAFEGUARDS],
    of: ['hub'],
    check: auditKeptFinding,
  },
  {
    name: 'policy-backup-recent',
    title: 'There is a backup of the last seven days',
    why: 'What was promised not to be lost must be there after a disk is.',
    severity: 'high',
    standards: STANDARDS,
    categories: ['CP Contingency Planning'],
    controls: ['164.308(a)(7)(ii)(A)', 'CP-9'],
    policySets: [SAFEGUARDS],
    of: ['hub', 'site'],
    check: backupFinding,
  },
  {
    name: 'policy-broker-least-privilege',
    title: 'Nobody may do more at the hub’s broker than needed',
    why: 'A hospital that could read or write another one’s topics could see its results or forge them.',
    severity: 'critical',
    standards: STANDARDS,
    categories: ['AC Access Control'],
    controls: ['164.312(a)(1)', 'AC-3', 'AC-6'],
    policySets: [SAFEGUARDS, BOUNDARY],
    of: ['hub'],
    check: async (examination, _, signal) => hubAccessCheck(examination).run(signal),
  },
  {
    name: 'policy-bucket-no-anonymous',
    title: 'No bucket answers to anonymous requests',
    why: 'Images and results are for those who have a key; a public bucket is the most common leak there is.',
    severity: 'critical',
    standards: STANDARDS,
    categories: ['AC Access Control'],
    controls: ['164.312(a)(1)', 'AC-3', 'AC-14'],
    policySets: [SAFEGUARDS, BOUNDARY],
    of: ['hub', 'site'],
    check: bucketsFinding,
  },
  {
    name: 'policy-certificate-not-expiring',
    title: 'Certificates are valid for another 30 days',
    why: 'By certificates hospitals and hub know each other; an expired one cuts a hospital off.',
    severity: 'medium',
    standards: STANDARDS,
    categories: ['SC System and Communications Protection'],
    controls: ['164.312(d)', 'SC-12', 'SC-17'],
    policySets: [SAFEGUARDS],
    of: ['hub', 'site'],
    check: async (examination, subject, signal) => certificatesCheck(examination, subject).run(signal),
  },
  {
    name: 'policy-clock-in-step',
    title: 'Clocks agree within two seconds',
    why: 'Records of several machines tell what happened only when their clocks agree.',
    severity: 'low',
    standards: STANDARDS,
    categories: ['AU Audit and Accountability'],
    controls: ['164.312(b)', 'AU-8'],
    policySets: [SAFEGUARDS],
    of: ['hub', 'site'],
    check: async (examination, subject, signal) => clocksCheck(examination, subject).run(signal),
  },
  {
    name: 'policy-event-conforming',
    title: 'Nothing was sent that may hold an identity',
    why: 'The hub refuses what is not of the closed schemas; each refusal may be a leak, until a person has looked.',
    severity: 'critical',
    standards: STANDARDS,
    categories: ['AC Access Control', 'SI System and Information Integrity'],
    controls: ['164.514(e)', 'AC-4', 'SI-10'],
    policySets: [BOUNDARY],
    of: ['site'],
    check: eventsFinding,
  },
  {
    name: 'policy-kafka-tls-only',
    title: 'The hub’s broker answers over mutual TLS alone',
    why: 'Events cross a network that is not ours, and their topic proves which hospital they are of.',
    severity: 'critical',
    standards: STANDARDS,
    categories: ['SC System and Communications Protection', 'IA Identification and Authentication'],
    controls: ['164.312(e)(1)', '164.312(d)', 'SC-8', 'SC-13', 'IA-3'],
    policySets: [SAFEGUARDS, BOUNDARY],
    of: ['hub'],
    check: (examination) => brokerTlsFinding(examination),
  },
  {
    name: 'policy-mirror-allow-list',
    title: 'Only the four topics of the allow-list leave',
    why: 'All other topics hold study ids or object keys, and foreign keys name patients.',
    severity: 'critical',
    standards: STANDARDS,
    categories: ['AC Access Control', 'SC System and Communications Protection'],
    controls: ['164.312(a)(1)', '164.514(e)', 'AC-4', 'SC-7'],
    policySets: [SAFEGUARDS, BOUNDARY],
    of: ['site'],
    check: async (examination, site, signal) => allowListCheck(examination, site).run(signal),
  },
  {
    name: 'policy-model-approved',
    title: 'The approved model release scores',
    why: 'A score means something only from the weights that were measured and released.',
    severity: 'high',
    standards: STANDARDS,
    categories: ['CM Configuration Management', 'SI System and Information Integrity'],
    controls: ['164.312(c)(1)', 'CM-3', 'SI-7'],
    policySets: [SAFEGUARDS],
    of: ['site'],
    check: async (examination, site, signal) => servedModelCheck(examination, site).run(signal),
  },
  {
    name: 'policy-network-loopback-only',
    title: 'Servers without TLS are reached from this machine alone',
    why: 'Stores, databases and brokers of one machine speak in the clear to its own processes.',
    severity: 'high',
    standards: STANDARDS,
    categories: ['SC System and Communications Protection'],
    controls: ['164.312(e)(1)', 'SC-7', 'SC-8'],
    policySets: [SAFEGUARDS, BOUNDARY],
    of: ['hub', 'site'],
    check: loopbackFinding,
  },
  {
    name: 'policy-secret-owner-only',
    title: 'Secrets are readable by their owner alone',
    why: 'Who has a site’s key can tell whose study a pseudonym is.',
    severity: 'critical',
    standards: STANDARDS,
    categories: ['AC Access Control', 'IA Identification and Authentication'],
    controls: ['164.312(a)(1)', 'AC-3', 'IA-5'],
    policySets: [SAFEGUARDS, BOUNDARY],
    of: ['hub'],
    check: (examination) => secretsFinding(examination),
  },
  {
    name: 'policy-sign-in-required',
    title: 'Nobody sees rows without sign-in',
    why: 'Every row that is shown must be shown to somebody who is known and audited.',
    severity: 'critical',
    standards: STANDARDS,
    categories: ['IA Identification and Authentication'],
    controls: ['164.312(a)(2)(i)', '164.312(d)', 'AC-14', 'IA-2'],
    policySets: [SAFEGUARDS],
    of: ['hub', 'site'],
    check: signInFinding,
  },
  {
    name: 'policy-telemetry-off',
    title: 'The scoring service calls nobody',
    why: 'The model’s runtime sends usage data to its maker unless it is told not to.',
    severity: 'high',
    standards: STANDARDS,
    categories: ['AC Access Control', 'SC System and Communications Protection'],
    controls: ['164.312(e)(1)', 'AC-4', 'SC-7'],
    policySets: [BOUNDARY],
    of: ['site'],
    check: telemetryFinding,
  },
];

/** Where a policy applies among these sites. */
export function subjectsOf({ of }: Pick<LocalPolicy, 'of'>, sites: readonly string[]): string[] {
  return [...(of.includes('hub') ? [HUB] : []), ...(of.includes('site') ? sites : [])];
}
