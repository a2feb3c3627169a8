import { pipeline } from 'node:stream/promises';
import { Problem, SESSION_SECONDS, StoreUnavailableError, type Database, type SignIn } from '@hilum/runtime';
import type { Express, RequestHandler, Response } from 'express';
import type { HubRole } from '../api/access-rule.js';
import { parseQuery } from '../api/parse-query.js';
import { evidenceQuery } from '../api/schemas.js';
import type { AuditSigner } from '../audit/audit-key.js';
import { recordAccess } from '../audit/audit-store.js';
import { gatherFacts, type EvidenceSources } from './evidence-facts.js';
import { writePack, type PackMaking } from './evidence-pack.js';
import { evidencePeriod, type EvidencePeriod } from './evidence-period.js';
import { PackWriter } from './pack-writer.js';

/** What the pack is made from, apart from the database; who may sign it. */
export interface EvidenceOptions extends Omit<EvidenceSources, 'sessionSeconds'> {
  signer: AuditSigner;
}

/** `/api/v1/evidence`: one signed ZIP of a period. */
export function addEvidenceRoute(
  app: Express,
  options: {
    database: Database;
    evidence: EvidenceOptions;
    signIn: Pick<SignIn<HubRole>, 'principalOf'>;
    allow: (resource: 'evidence') => RequestHandler;
    stopping: AbortSignal;
    now: () => number;
  },
): void {
  const { database, evidence, signIn, allow, stopping, now } = options;
  let isMaking = false;

  app.get('/api/v1/evidence', allow('evidence'), async (request, response) => {
    const asked = parseQuery(evidenceQuery, request);
    const period = evidencePeriod(asked, now());
    if (isMaking)
      throw new Problem(
        503,
        'HILUM_EVIDENCE_BUSY',
        'Try again',
        'another pack is being made: ask again when it is done',
        {
          retryAfterSeconds: 30,
        },
      );
    const who = signIn.principalOf(request);
    const query = { since: period.since.toISOString(), until: period.until.toISOString() };
    await recordAccess(database, { at: new Date(now()), who, action: 'evidence.exported', query });
    isMaking = true;
    try {
      const making = { createdAt: new Date(now()).toISOString(), createdBy: who.actor };
      await sendPack(response, { database, evidence, period, making, stopping });
    } finally {
      isMaking = false;
    }
  });
}

/**
 * Everything in a pack is of one moment. A failure after the first byte breaks the connection off, so that nobody takes a
 * part for the whole; it would not verify either.
 */
function sendPack(
  response: Response,
  options: {
    database: Database;
    evidence: EvidenceOptions;
    period: EvidencePeriod;
    making: PackMaking;
    stopping: AbortSignal;
  },
): Promise<void> {
  const { database, evidence, period, making, stopping } = options;
  return database.transaction(async (db) => {
    await db.query('set transaction isolation level repeatable read, read only');
    const facts = await gatherFacts(db, period, { ...evidence, sessionSeconds: SESSION_SECONDS }).catch(asProblem);
    const pack = new PackWriter(period.until);
    response.set({
      'Content-Type': 'application/zip',
      'Content-Disposition': `attachment; filename="hilum-evidence-${dayOf(period.since)}-${dayOf(period.until)}.zip"`,
    });
    const sent = pipeline(pack.output, response, { signal: stopping });
    const written = writePack(pack, db, facts, { ...evidence, making });
    try {
      await Promise.all([sent, written]);
    } catch (error) {
      // a client that went away is no fault of ours
      const isGone = response.destroyed && !stopping.aborted;
      pack.abort(new Error('the pack is not wanted any more', { cause: error }));
      await Promise.allSettled([sent, written]);
      response.destroy();
      if (!isGone) throw error;
    }
  });
}

function asProblem(error: unknown): never {
  if (error instanceof StoreUnavailableError)
    throw new Problem(503, error.code, 'The store is away', 'the store of anchors does not answer: try again', {
      retryAfterSeconds: 10,
    });
  throw error;
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
