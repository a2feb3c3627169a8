import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { z } from 'zod';
import { ANCHOR_PREFIX, openAnchor, type Anchor } from '../audit/audit-anchor.js';
import { hashOfEntry, type ChainedEntry } from '../audit/audit-entry.js';
import { AuditKeys, keyIdOf } from '../audit/audit-key.js';
import { PUBLIC_KEY_FILE, SIGNATURE_FILE, SUMS_FILE } from './pack-writer.js';

/** Of the files that are held in memory; those of a pack are far below. */
const MOST_KEPT_BYTES = 64 * 1_048_576;
/** Told of the rows at most: when each of a million is wrong, the first say it. */
const MOST_PROBLEMS = 20;
const ENTRIES_FILE = 'audit/entries.jsonl';
const CHAIN_FILE = 'audit/chain.json';
const PACK_FILE = 'pack.json';

export interface PackReport {
  isValid: boolean;
  /** in one sentence each */
  problems: string[];
  keyId: string | null;
  /** whether that key is one that the verifier was given; null: it was given none */
  isKnownKey: boolean | null;
  files: number;
  /** rows of the audit that were chained again */
  rows: number;
  anchors: number;
  since: string | null;
  until: string | null;
  createdAt: string | null;
}

/** A file that is no pack at all. */
export class NoPackError extends Error {}

/**
 * Checks a pack with what is in it: signature, hashes of all files, the chain of the audit's rows, the anchors. Memory does
 * not grow with the audit.
 * @param keys whose packs count; null: the key in the pack is believed, which proves that it is whole and not whose it is
 * @throws NoPackError when the file cannot be read as a ZIP
 */
export async function verifyPack(path: string, keys: AuditKeys | null): Promise<PackReport> {
  const zip = await openZip(path);
  const problems: string[] = [];
  const hashes = new Map<string, string>();
  const kept = new Map<string, Buffer>();
  try {
    const entries = await readEntries(zip, problems);
    // the rows last, when it is known which of them the anchors are of
    for (const entry of entries.filter(({ fileName }) => fileName !== ENTRIES_FILE))
      hashes.set(entry.fileName, await readFile(zip, entry, problems, (stream) => keep(stream, entry, kept)));
    const key = publicKeyOf(kept.get(PUBLIC_KEY_FILE));
    const anchors = anchorsOf(kept, keys ?? new AuditKeys(key === null ? [] : [key]), problems);
    const chain: Chain = { rows: 0, first: null, last: null };
    for (const entry of entries.filter(({ fileName }) => fileName === ENTRIES_FILE))
      hashes.set(
        entry.fileName,
        await readFile(zip, entry, problems, (stream) => readRows(stream, chain, anchors, problems)),
      );
    problems.unshift(...signatureProblems(kept, key), ...sumProblems(kept.get(SUMS_FILE), hashes));
    problems.push(...chainProblems(kept.get(CHAIN_FILE), chain));
    return reportOf({ problems, hashes, kept, key, keys, rows: chain.rows, anchors: anchors.length });
  } finally {
    zip.close();
  }
}

interface Chain {
  rows: number;
  first: ChainedEntry | null;
  last: ChainedEntry | null;
}

function openZip(path: string): Promise<ZipFile> {
  return promisify<string, yauzl.Options, ZipFile>(yauzl.open)(path, { lazyEntries: true, autoClose: false }).catch(
    (error: unknown) => {
      throw new NoPackError(`it is no ZIP that can be read: ${messageOf(error)}`);
    },
  );
}

/** What the archive lists, each name once. */
async function readEntries(zip: ZipFile, problems: string[]): Promise<Entry[]> {
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      if (entries.has(entry.fileName)) problems.push(`${entry.fileName} is in it twice`);
      entries.set(entry.fileName, entry);
    }
  } catch (error) {
    problems.push(`it cannot be read to its end: ${messageOf(error)}`);
  }
  return [...entries.values()];
}

/** @returns the SHA-256 of what could be read */
async function readFile(
  zip: ZipFile,
  entry: Entry,
  problems: string[],
  read: (stream: Readable) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256');
  try {
    const stream = await zip.openReadStreamPromise(entry);
    stream.on('data', (chunk: Buffer) => hash.update(chunk));
    await read(stream);
  } catch (error) {
    problems.push(`${entry.fileName} cannot be read: ${messageOf(error)}`);
  }
  return hash.digest('hex');
}

async function keep(stream: Readable, { fileName }: Entry, kept: Map<string, Buffer>): Promise<void> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // hashed all the same, but of no use to the checks
    if (bytes <= MOST_KEPT_BYTES) chunks.push(chunk);
  }
  kept.set(fileName, Buffer.concat(chunks));
}

/** Chains the rows again, one at a time, and holds them against the anchors. */
async function readRows(stream: Readable, chain: Chain, anchors: readonly Anchor[], problems: string[]): Promise<void> {
  const anchored = new Map(anchors.map((anchor) => [anchor.position, anchor]));
  const note = (problem: string): void => {
    if (problems.length < MOST_PROBLEMS) problems.push(problem);
  };
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  let failure: Error | null = null;
  // readline does not tell of a stream that broke
  stream.once('error', (error) => {
    failure = error;
    lines.close();
  });
  for await (const text of lines) {
    const row = rowOf(text);
    if (row === null) {
      note(`${ENTRIES_FILE}: a line after row ${chain.last?.position ?? 0} is not of the form of a row`);
      continue;
    }
    const { last } = chain;
    const anchor = anchored.get(row.position);
    if (hashOfEntry(row) !== row.hash) note(`${ENTRIES_FILE}: row ${row.position} has not the hash it says`);
    else if (last !== null && (row.position !== last.position + 1 || row.previous !== last.hash))
      note(`${ENTRIES_FILE}: row ${row.position} does not follow row ${last.position}`);
    if (anchor !== undefined && anchor.hash !== row.hash)
      note(`anchor ${anchor.number} is of another row ${row.position}`);
    chain.first ??= row;
    chain.last = row;
    chain.rows += 1;
  }
  if (failure !== null) throw failure as Error;
}

const line = z.looseObject({ position: z.number(), chainedAt: z.string(), previous: z.string(), hash: z.string() });

function rowOf(text: string): ChainedEntry | null {
  try {
    return line.parse(JSON.parse(text)) as unknown as ChainedEntry;
  } catch {
    return null;
  }
}

function reportOf(found: {
  problems: string[];
  hashes: ReadonlyMap<string, string>;
  kept: ReadonlyMap<string, Buffer>;
  key: KeyObject | null;
  keys: AuditKeys | null;
  rows: number;
  anchors: number;
}): PackReport {
  const { hashes, kept, key, keys, rows, anchors } = found;
  const keyId = key === null ? null : keyIdOf(key);
  const isKnownKey = keys === null ? null : keyId !== null && keys.knows(keyId);
  const problems = [
    ...(isKnownKey === false ? [`it is signed by a key that is not the hub’s (${keyId ?? 'none'})`] : []),
    ...found.problems,
  ];
  const making = jsonOf(kept.get(PACK_FILE)) as Partial<Record<'since' | 'until' | 'createdAt', string>>;
  const { since = null, until = null, createdAt = null } = making;
  const isValid = problems.length === 0;
  return { isValid, problems, keyId, isKnownKey, files: hashes.size, rows, anchors, since, until, createdAt };
}

function publicKeyOf(pem: Buffer | undefined): KeyObject | null {
  try {
    const key = createPublicKey(pem ?? '');
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}

function signatureProblems(kept: ReadonlyMap<string, Buffer>, key: KeyObject | null): string[] {
  const [sums, signature] = [kept.get(SUMS_FILE), kept.get(SIGNATURE_FILE)];
  if (sums === undefined) return [`${SUMS_FILE} is missing: it is no evidence pack, or was cut short`];
  if (signature === undefined) return [`${SIGNATURE_FILE} is missing: it was cut short`];
  if (key === null) return [`${PUBLIC_KEY_FILE} is missing or no Ed25519 key`];
  return verify(null, sums, key, signature) ? [] : [`the signature of ${SUMS_FILE} does not hold`];
}

function sumProblems(sums: Buffer | undefined, hashes: ReadonlyMap<string, string>): string[] {
  if (sums === undefined) return [];
  const listed = new Map<string, string>();
  for (const text of sums.toString('utf8').split('\n')) {
    const [, sum, name] = /^([0-9a-f]{64}) {2}(.+)$/.exec(text) ?? [];
    if (sum !== undefined && name !== undefined) listed.set(name, sum);
  }
  const changed = [...listed].flatMap(([name, sum]) => {
    const hash = hashes.get(name);
    if (hash === undefined) return [`${name} is missing`];
    return hash === sum ? [] : [`${name} was changed`];
  });
  const added = [...hashes.keys()].filter((name) => name !== SUMS_FILE && name !== SIGNATURE_FILE && !listed.has(name));
  return [...changed, ...added.map((name) => `${name} was added`)];
}

function anchorsOf(kept: ReadonlyMap<string, Buffer>, keys: AuditKeys, found: string[]): Anchor[] {
  return [...kept].flatMap(([name, bytes]) => {
    if (!name.startsWith(`audit/${ANCHOR_PREFIX}`)) return [];
    const anchor = openAnchor(bytes, keys);
    if (typeof anchor !== 'string') return [anchor];
    found.push(`${name} does not count: ${anchor}`);
    return [];
  });
}

function chainProblems(said: Buffer | undefined, chain: Chain): string[] {
  const { first, last, previous, hash } = jsonOf(said) as Record<'first' | 'last' | 'previous' | 'hash', unknown>;
  const isAsSaid =
    (chain.first?.position ?? null) === (first ?? null) &&
    (chain.last?.position ?? null) === (last ?? null) &&
    (chain.first?.previous ?? null) === (previous ?? null) &&
    (chain.last?.hash ?? null) === (hash ?? null);
  return isAsSaid ? [] : [`${ENTRIES_FILE} is not the piece of the chain that ${CHAIN_FILE} says`];
}

function jsonOf(bytes: Buffer | undefined): object {
  try {
    const value: unknown = JSON.parse((bytes ?? '{}').toString());
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
