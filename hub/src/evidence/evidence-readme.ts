import type { EvidenceFacts } from './evidence-facts.js';

/** How to read and to verify a pack with nothing of Hilum. */
export function evidenceReadme({ period, chain }: EvidenceFacts, keyId: string): string {
  return `Hilum: evidence from ${period.since.toISOString()} until before ${period.until.toISOString()}

WHAT IS IN IT
  report.html             everything in short, for reading; needs no network
  controls.json           each clause of 45 CFR 164.312 with its NIST SP 800-53 controls, what was checked, and the gaps
  openreports.json        the same results as openreports.io/v1alpha1 ClusterReport objects
  policies/               the policies, their state at every site at both ends of the period, and every change between
  audit/entries.jsonl     the audit of the period, in the order of its chain: one row a line, with its hash
  audit/chain.json        which piece of the chain that is, and what the check of it found
  audit/anchors/          what the hub signed of the chain on those days, as it lies in its store
  models.json             which version of which model scored at which site
  alarms.json, quarantine.json, retention.json, access-roles.json, privacy-boundary.json
  pack.json               when and by whom (pseudonym) this pack was made

It holds no patient data: who did something is a role and a pseudonym, studies are pseudonyms, and of refused events
only the reasons are here. It is part of a limited data set all the same (45 CFR 164.514(e)): handle it as such.

HOW TO VERIFY IT
With OpenSSL 3 and sha256sum, in the folder that the archive was unpacked to:

  openssl pkeyutl -verify -pubin -inkey public-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
  sha256sum --check SHA256SUMS

The first says "Signature Verified Successfully": the list is the hub's. The second says OK for each file: the files are
those of the list. That the key is the hub's you know only from elsewhere: ask those who run it for the SHA-256 of their
public key (DER) and compare it with

  openssl pkey -pubin -in public-key.pem -outform DER | sha256sum

which for this pack must be ${keyId.replace('sha256:', '')}.

  hilum evidence verify FILE

does all of this, and chains the rows of the audit again.

THE CHAIN OF THE AUDIT
The hash of a row is the SHA-256 of the row without its member "hash", as canonical JSON (RFC 8785); its member
"previous" is the hash of the row before.${
    chain.first === null
      ? ' Nothing was chained in this period.'
      : ` This piece goes from row ${chain.first} to row ${chain.last}.`
  } An anchor is signed over its member "anchor" as canonical JSON.
`;
}
