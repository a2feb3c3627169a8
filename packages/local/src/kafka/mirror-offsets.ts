import { readFileSync } from 'node:fs';
import type { Admin } from 'kafkajs';
import { writeFileAtomically } from '../fleet/atomic-file.js';

/** How long the broker may take to drop a topic's name. */
const DELETE_TIMEOUT_MS = 10_000;

/** What this needs of a Kafka client. */
export type OffsetsAdmin = Pick<Admin, 'describeCluster' | 'listTopics' | 'deleteTopics'>;

/** The topic at the hub in which a site's MirrorMaker keeps how far it has read. */
export function mirrorOffsetsTopic(site: string): string {
  return `mm2-offsets.${site}.internal`;
}

/**
 * Makes MirrorMaker begin at the first record when the site's log is another one than it read before: a restored site, or
 * one whose broker lost its folder, starts with an empty log. The positions kept at the hub are of the old log, and
 * MirrorMaker would go on from there: it finds its way back only while the new log is still shorter, and otherwise skips
 * everything up to the old position. What is sent twice thereby, the hub knows by its id. Not while the mirror runs.
 * @param recordFile beside the mirror's other files; names the log that the positions are of
 * @returns whether positions were dropped
 */
export async function forgetOffsetsOfOtherLog(
  hub: OffsetsAdmin,
  siteBroker: OffsetsAdmin,
  { site, recordFile }: { site: string; recordFile: string },
): Promise<boolean> {
  const { clusterId } = await siteBroker.describeCluster();
  if (readRecord(recordFile) === clusterId) return false;
  const topic = mirrorOffsetsTopic(site);
  const isThere = (await hub.listTopics()).includes(topic);
  if (isThere) await hub.deleteTopics({ topics: [topic], timeout: DELETE_TIMEOUT_MS });
  // Last: cut short before this, it is done again.
  writeFileAtomically(recordFile, `${clusterId}\n`);
  return isThere;
}

function readRecord(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
