import { describeIssues } from '@hilum/contracts';
import { Problem, StoreUnavailableError, type Database, type SignIn } from '@hilum/runtime';
import express, { type Express, type Request, type RequestHandler } from 'express';
import type { z } from 'zod';
import type { HubRole } from '../api/access-rule.js';
import { pageOf } from '../api/answer.js';
import { decodeCursor } from '../api/cursor.js';
import { parseQuery } from '../api/parse-query.js';
import { anchorRequest, anchorsQuery, type anchorRow, type auditChain } from '../api/schemas.js';
import { lastAnchor, listAnchors, type KnownAnchor } from './anchor-store.js';
import { AuditBrokenError, readState, type Anchoring } from './anchoring.js';
import { readHead, readWaiting } from './audit-chain.js';
import { recordAccess } from './audit-store.js';

/** `/api/v1/audit/anchors`: how far the audit is anchored, and to have it anchored now. */
export function addAnchorRoutes(
  app: Express,
  options: {
    database: Database;
    anchoring: Pick<Anchoring, 'anchor'>;
    signIn: Pick<SignIn<HubRole>, 'principalOf'>;
    allow: (resource: 'audit/anchors') => RequestHandler;
    now: () => number;
  },
): void {
  const { database, anchoring, signIn, allow, now } = options;

  app.get('/api/v1/audit/anchors', allow('audit/anchors'), async (request, response) => {
    const { limit, cursor } = parseQuery(anchorsQuery, request);
    const before = decodeCursor(cursor, /^\d{1,9}$/);
    const rows = await listAnchors(database, {
      before: before === undefined ? undefined : Number(before),
      limit: limit + 1,
    });
    const page = pageOf(rows, limit, ({ number }) => number);
    response.json({ chain: await chainState(database), ...page, items: page.items.map(rowOf) });
  });

  app.post(
    '/api/v1/audit/anchors',
    allow('audit/anchors'),
    express.json({ limit: '4kb' }),
    async (request, response) => {
      const { acceptLoss } = bodyOf(request);
      const who = signIn.principalOf(request);
      // that it was accepted, not the words, which the anchor has
      const query = acceptLoss === undefined ? {} : { acceptLoss: 'yes' };
      await recordAccess(database, { at: new Date(now()), who, action: 'audit.anchored', query });
      const loss = acceptLoss === undefined ? {} : { loss: { why: acceptLoss, acceptedBy: who.actor } };
      response.status(201).json(rowOf(await anchoring.anchor(loss).catch(asProblem)));
    },
  );
}

/** How far the audit is chained, anchored and checked. */
export async function chainState(database: Database): Promise<z.infer<typeof auditChain>> {
  const head = await readHead(database);
  const waiting = await readWaiting(database);
  const anchor = await lastAnchor(database);
  const state = await readState(database);
  return {
    position: head.position,
    waiting: waiting.count,
    lastAnchorAt: anchor?.at ?? null,
    anchoredTo: anchor?.position ?? 0,
    state: state === null ? 'unchecked' : state.problem === null ? 'intact' : 'broken',
    checkedAt: state?.checkedAt ?? null,
    problem: state?.problem ?? null,
  };
}

function rowOf({ number, at, first, position, hash, sha256, keyId, loss }: KnownAnchor): z.infer<typeof anchorRow> {
  return { number, at, first, position, hash, sha256, keyId, loss };
}

function bodyOf(request: Request): z.infer<typeof anchorRequest> {
  const parsed = anchorRequest.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  throw new Problem(400, 'HILUM_AUDIT_ANCHOR_INVALID', 'Bad request', describeIssues(parsed.error));
}

function asProblem(error: unknown): never {
  if (error instanceof AuditBrokenError)
    throw new Problem(
      409,
      error.code,
      'The audit is not what it was',
      `${error.finding.detail}; nothing was anchored. What to do is in docs/audit.md`,
    );
  if (error instanceof StoreUnavailableError)
    throw new Problem(503, error.code, 'The store is away', 'the store of anchors does not answer: try again', {
      retryAfterSeconds: 10,
    });
  throw error;
}
