import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AuditKeys, AuditSigner } from './audit-key.js';
import { canonicalJson } from './canonical-json.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const number = z.number().int().min(1);
const time = z.iso.datetime();

/** Rows that earlier anchors cover and that are lost, as after a restore, with who took note of it and why. */
export const anchorLoss = z.strictObject({
  /** the latest row that is still there */
  kept: z.number().int().min(0),
  /** the latest row that was covered */
  covered: number,
  why: z.string(),
  acceptedBy: sha256,
});
export type AnchorLoss = z.infer<typeof anchorLoss>;

/** What an anchor says: that the log reached from `first` to `position` at this time, where the hash was this one. */
export const anchorContent = z.strictObject({
  type: z.literal('hilum.audit.anchor.v1'),
  /** 1, 2, 3 … without a gap */
  number,
  at: time,
  /** the oldest row that is kept: what was before has expired */
  first: number,
  position: z.number().int().min(0),
  hash: sha256,
  /** SHA-256 of the anchor before, as it lies in the store; null for the first */
  previousAnchor: sha256.nullable(),
  loss: anchorLoss.nullable(),
});
export type AnchorContent = z.infer<typeof anchorContent>;

const anchorFile = z.strictObject({ anchor: anchorContent, keyId: z.string(), signature: z.string() });

/** An anchor that was read and whose signature holds. */
export interface Anchor extends AnchorContent {
  keyId: string;
  /** of the whole object */
  sha256: string;
}

/** Where the anchor of this number lies in the bucket; as text they sort by their numbers. */
export function anchorKey(anchorNumber: number): string {
  return `${ANCHOR_PREFIX}${String(anchorNumber).padStart(9, '0')}.json`;
}
export const ANCHOR_PREFIX = 'anchors/';

export function anchorNumberOf(key: string): number | null {
  const digits = /^anchors\/(\d{9})\.json$/.exec(key)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The object as it is put into the store. */
export function sealAnchor(anchor: AnchorContent, signer: AuditSigner): Buffer {
  return Buffer.from(canonicalJson({ anchor, ...signer.sign(anchor) }));
}

/** @returns the anchor, or in one sentence why it does not count */
export function openAnchor(bytes: Buffer, keys: AuditKeys): Anchor | string {
  let file: z.infer<typeof anchorFile>;
  try {
    file = anchorFile.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return 'it is not of the form of an anchor';
  }
  const { anchor, keyId, signature } = file;
  if (!keys.knows(keyId)) return `it is signed by a key that is not known here (${keyId})`;
  if (!keys.verifies(anchor, { keyId, signature })) return 'its signature does not hold';
  return { ...anchor, keyId, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Those that say something about the log as it is: rows that were lost are in no later anchor's past. */
export function effectiveAnchors(anchors: readonly Anchor[]): Anchor[] {
  let effective: Anchor[] = [];
  for (const anchor of anchors) {
    const { loss } = anchor;
    if (loss !== null) effective = effective.filter(({ position }) => position <= loss.kept);
    effective.push(anchor);
  }
  return effective;
}
