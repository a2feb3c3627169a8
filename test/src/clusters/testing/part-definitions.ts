import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '@hilum/local';
import { parseAllDocuments } from 'yaml';
import { customResourceDefinitions } from '../../manifests/definitions/definitions.js';
import { manifestPrograms } from '../../manifests/programs/manifest-programs.js';
import { readVersions } from '../../manifests/versions/versions.js';

interface Definition {
  spec: { conversion?: object };
}

/**
 * The definitions of the custom resources that these files ask for, of the versions in `gitops/versions.yaml`: on real
 * clusters the operators bring them. Those that the harness itself installs (of Argo CD and OCM) are left out.
 */
export async function definitionsFor(files: Record<string, string>): Promise<string[]> {
  const { signal } = new AbortController();
  const programs = await manifestPrograms(cacheDir(), () => undefined, signal);
  const folder = await customResourceDefinitions(readVersions(), programs, cacheDir(), () => undefined, signal);
  const paths = kindsIn(files)
    .filter(({ group }) => group !== 'argoproj.io' && !group.endsWith('open-cluster-management.io'))
    .map(({ group, kind }) => join(folder, group, `${kind}.json`));
  return [...new Set(paths)].filter((path) => existsSync(path)).map((path) => withoutWebhook(readFileSync(path, 'utf8')));
}

function kindsIn(files: Record<string, string>): { group: string; kind: string }[] {
  return Object.entries(files)
    .filter(([path]) => path.endsWith('.yaml'))
    .flatMap(([, text]) => parseAllDocuments(text).map((document) => document.toJS() as unknown))
    .flatMap((object) => {
      const { apiVersion, kind } = (object ?? {}) as { apiVersion?: unknown; kind?: unknown };
      return typeof apiVersion === 'string' && typeof kind === 'string' && apiVersion.includes('/')
        ? [{ group: apiVersion.split('/')[0] ?? '', kind }]
        : [];
    });
}

/** The operator that would convert between versions does not run. */
function withoutWebhook(definition: string): string {
  const parsed = JSON.parse(definition) as Definition;
  delete parsed.spec.conversion;
  return JSON.stringify(parsed);
}
