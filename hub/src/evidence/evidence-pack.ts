import type { Queryable } from '@hilum/runtime';
import { anchorKey } from '../audit/audit-anchor.js';
import type { AuditSigner } from '../audit/audit-key.js';
import { chainPages } from '../audit/audit-chain.js';
import { canonicalJson } from '../audit/canonical-json.js';
import { listTransitions, type TransitionPlace } from '../compliance/transition-store.js';
import type { EvidenceFacts, EvidenceSources } from './evidence-facts.js';
import { evidenceHtml } from './evidence-html.js';
import { evidenceReadme } from './evidence-readme.js';
import type { EvidencePeriod } from './evidence-period.js';
import { openReportsOf } from './open-reports.js';
import { PUBLIC_KEY_FILE, type PackWriter } from './pack-writer.js';

export const PACK_FORMAT = 'hilum.evidence.v1';
const HISTORY_PAGE = 5_000;

/** Who had a pack made and when: the only file that differs when the same pack is made again. */
export interface PackMaking {
  createdAt: string;
  /** pseudonym */
  createdBy: string;
}

/** Writes all files of a pack, the signature last. @param db one moment of the database, as the facts are of */
export async function writePack(
  pack: PackWriter,
  db: Queryable,
  facts: EvidenceFacts,
  { anchors, signer, making }: Pick<EvidenceSources, 'anchors'> & { signer: AuditSigner; making: PackMaking },
): Promise<void> {
  const { period, chain } = facts;
  const range = { since: period.since.toISOString(), until: period.until.toISOString() };
  const json = (name: string, content: object): Promise<void> =>
    pack.add(name, [`${JSON.stringify(content, null, 2)}\n`]);

  await pack.add('README.txt', [evidenceReadme(facts, signer.keyId)]);
  await pack.add('report.html', [evidenceHtml(facts, signer.keyId)]);
  await json('controls.json', { ...range, clauses: facts.coverage, checks: facts.checks, unmapped: facts.unmapped });
  await json('openreports.json', openReportsOf(period, facts.policies, facts.statesAfter, facts.checks));
  await json('policies/policies.json', { policies: facts.policies });
  await json('policies/states.json', { ...range, atSince: facts.statesBefore, atUntil: facts.statesAfter });
  await pack.add('policies/history.jsonl', historyLines(db, period));
  await pack.add('audit/entries.jsonl', entryLines(db, chain.first, chain.last));
  await json('audit/chain.json', chain);
  for (const { number } of facts.anchors) {
    const bytes = await anchors.store.get(anchors.bucket, anchorKey(number));
    // it was there a moment ago, when the facts were gathered
    if (bytes === null) throw new Error(`HILUM_AUDIT_ANCHOR_GONE: anchor ${number} went away`);
    await pack.add(`audit/${anchorKey(number)}`, [bytes]);
  }
  await json('models.json', { ...range, uses: facts.models });
  await json('alarms.json', { ...range, alarms: facts.alarms });
  await json('quarantine.json', { ...range, reasons: facts.quarantine });
  await json('privacy-boundary.json', { topics: facts.topics });
  await json('retention.json', facts.retention);
  await json('access-roles.json', facts.access);
  await json('pack.json', { format: PACK_FORMAT, ...range, ...making, keyId: signer.keyId });
  await pack.add(PUBLIC_KEY_FILE, [signer.publicPem]);
  await pack.finish((bytes) => signer.signBytes(bytes));
}

/** One row a line, as its hash covers it, with the hash: whoever has the lines can chain them again. */
async function* entryLines(db: Queryable, first: number | null, last: number | null): AsyncIterable<string> {
  if (first === null || last === null) return;
  for await (const page of chainPages(db, first - 1, last)) yield page.map((row) => `${canonicalJson(row)}\n`).join('');
}

/** Newest first. */
async function* historyLines(db: Queryable, { since, until }: EvidencePeriod): AsyncIterable<string> {
  const filter = { since: since.toISOString(), until: until.toISOString() };
  let after: TransitionPlace | undefined;
  for (;;) {
    const page = await listTransitions(db, filter, { after, limit: HISTORY_PAGE });
    yield page.map((transition) => `${JSON.stringify(transition)}\n`).join('');
    const last = page.at(-1);
    if (last === undefined || page.length < HISTORY_PAGE) return;
    after = { atMs: Date.parse(last.at), id: Number(last.id) };
  }
}
