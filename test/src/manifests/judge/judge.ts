import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { JudgedObject } from './finding.js';
import { ownFindings } from './own-rules.js';

/** Something in YAML, and what to call it in messages. */
export interface ManifestDocument {
  name: string;
  text: string;
}

/** Judges manifests by what an API server with the definitions would say, and by Hilum's own rules. */
export interface ManifestJudge {
  judge(documents: readonly ManifestDocument[]): Promise<JudgedObject[]>;
}

/**
 * @param check the program of `test/manifests/tools`
 * @param definitions the folder with the definitions of custom resources
 */
export function manifestJudge(check: string, definitions: string): ManifestJudge {
  return {
    async judge(documents) {
      const { objects } = await runCheck(check, definitions, documents);
      return objects.map((judged) => ({
        ...judged,
        findings: [...judged.findings, ...ownFindings(judged.object)],
      }));
    },
  };
}

async function runCheck(
  check: string,
  definitions: string,
  documents: readonly ManifestDocument[],
): Promise<{ objects: JudgedObject[] }> {
  const child = spawn(check, ['objects', definitions], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.on('error', () => undefined); // when it ended early, its status and what it said tell why
  child.stdin.end(JSON.stringify({ documents }));
  const [output, said, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (status !== 0) throw new Error(`${check} ended with ${status}: ${said.trim()}`);
  return JSON.parse(output) as { objects: JudgedObject[] };
}
