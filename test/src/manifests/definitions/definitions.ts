import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedPart, runTool, type ReportProgress } from '@hilum/local';
import type { ManifestPrograms } from '../programs/manifest-programs.js';
import type { StrimziApi } from '../render/platforms.js';
import type { DefinitionSource, Versions } from '../versions/versions.js';
import { STRIMZI_SOURCES, writeStrimziDefinitions } from './strimzi-definitions.js';

/** Which parts have custom resources that are checked, and where from. */
function definitionSources(versions: Versions): DefinitionSource[] {
  return Object.values(versions.parts).flatMap(({ definitions }) => (definitions === undefined ? [] : [definitions]));
}

/** Which definitions, and what they are made with and kept in. */
export interface DefinitionsWanted {
  versions: Versions;
  strimziApi: StrimziApi;
  programs: ManifestPrograms;
  cacheDir: string;
}

/**
 * The folder with the definitions of the custom resources of all parts in `gitops/versions.yaml`, one JSON file each,
 * fetched from their registries or taken from the cache.
 * @throws Error when a module is not the one whose sum is written down, or a kind is defined twice
 */
export async function customResourceDefinitions(
  { versions, strimziApi, programs, cacheDir }: DefinitionsWanted,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<string> {
  const sources = definitionSources(versions);
  const hash = createHash('sha256').update(JSON.stringify(sources)).update(programs.key).update(strimziApi);
  for (const file of STRIMZI_SOURCES) hash.update(readFileSync(file));
  const tell = (detail: string): void => report({ subject: 'part definitions', phase: 'working', detail });
  const folder = await cachedPart(
    cacheDir,
    {
      key: `definitions-${hash.digest('hex').slice(0, 12)}`,
      onWait: () => tell('waiting for another process that fetches them'),
      build: async (draft, buildSignal) => {
        const scratch = mkdtempSync(join(tmpdir(), 'hilum-definitions-'));
        try {
          const files: string[] = [];
          for (const [position, source] of sources.entries()) {
            tell(`${position} of ${sources.length + 1} parts: fetching ${source.module} ${source.version}`);
            const module = await fetchModule(source, scratch, buildSignal);
            files.push(...source.files.map((file) => join(module, file)));
          }
          tell(`${sources.length} of ${sources.length + 1} parts: making Strimzi's`);
          const strimzi = join(scratch, 'strimzi');
          await writeStrimziDefinitions(strimzi, strimziApi, buildSignal);
          await runTool({
            command: programs.check,
            args: ['index', ...files, strimzi, draft],
            cwd: scratch,
            signal: buildSignal,
          });
        } finally {
          rmSync(scratch, { recursive: true, force: true });
        }
      },
    },
    signal,
  );
  report({ subject: 'part definitions', phase: 'ready', detail: '' });
  return folder;
}

/** The folder of a module, held to the sum that is written down: the public checksum database does not know every module. */
async function fetchModule(source: DefinitionSource, cwd: string, signal: AbortSignal): Promise<string> {
  const name = `${source.module}@${source.version}`;
  const env = { GONOSUMDB: source.module, GOFLAGS: '-mod=mod', GOWORK: 'off' };
  const told = await runTool({ command: 'go', args: ['mod', 'download', '-json', name], cwd, env, signal });
  const { Dir: folder, Sum: sum } = JSON.parse(told) as { Dir: string; Sum: string };
  if (sum !== source.sum)
    throw new Error(`${name} has the sum ${sum}, not ${source.sum} as gitops/versions.yaml says: it is another one`);
  return folder;
}
