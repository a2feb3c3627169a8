import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cachedPart, missingPrerequisites, prerequisites, runTool, type ReportProgress } from '@hilum/local';
import { repositoryRoot } from '../../support/repository.js';

/** The Go module with the program that judges manifests; its go.mod says which kustomize and which Kubernetes. */
export const PROGRAMS_MODULE = join(repositoryRoot, 'test/manifests/tools');

const BUILD = ['build', '-v', '-mod=readonly', '-trimpath', '-ldflags=-s -w'];
const PACKAGES = ['./check', 'sigs.k8s.io/kustomize/kustomize/v5'];

/** Paths of the programs. */
export interface ManifestPrograms {
  kustomize: string;
  /** Says of objects what an API server would say; see its own comment. */
  check: string;
  /** Changes whenever the programs do. */
  key: string;
}

/**
 * Builds kustomize and the program that judges, or takes them from the cache. Cold it costs about two minutes of
 * processor time.
 * @throws Error naming what the machine lacks and how to get it
 */
export async function manifestPrograms(
  cacheDir: string,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<ManifestPrograms> {
  const missing = await missingPrerequisites(prerequisites.filter(({ name }) => name === 'Go'));
  if (missing.length > 0) throw new Error(missing.join('\n'));

  const goVersion = await runTool({ command: 'go', args: ['env', 'GOVERSION'], cwd: PROGRAMS_MODULE, signal });
  const hash = createHash('sha256')
    .update(goVersion)
    .update(JSON.stringify([BUILD, PACKAGES]));
  for (const file of sourceFiles()) hash.update(readFileSync(join(PROGRAMS_MODULE, file)));
  const key = `manifest-programs-${hash.digest('hex').slice(0, 12)}`;
  const tell = (detail: string): void => report({ subject: 'part manifest programs', phase: 'working', detail });
  const folder = await cachedPart(
    cacheDir,
    {
      key,
      onWait: () => tell('waiting for another process that builds them'),
      build: async (draft, buildSignal) => {
        const go = { command: 'go', cwd: PROGRAMS_MODULE, env: { CGO_ENABLED: '0' }, signal: buildSignal };
        let fetched = 0;
        tell('fetching modules');
        const list = await runTool({
          ...go,
          args: ['list', '-mod=readonly', '-deps', ...PACKAGES],
          onLine: (line) => {
            if (!line.startsWith('go: downloading ')) return;
            fetched += 1;
            tell(`${fetched} modules fetched`);
          },
        });
        const packages = list.split('\n').length;
        mkdirSync(join(draft, 'bin'));
        let built = 0;
        await runTool({
          ...go,
          args: [...BUILD, '-o', `${join(draft, 'bin')}/`, ...PACKAGES],
          onLine: (line) => {
            // With -v, Go names each package it compiles; what its cache already holds is not named.
            if (!/^[\w.-]+(\/[\w.-]+)*$/.test(line)) return;
            built += 1;
            tell(`${Math.min(built, packages)} of ${packages} packages`);
          },
        });
      },
    },
    signal,
  );
  report({ subject: 'part manifest programs', phase: 'ready', detail: '' });
  return { kustomize: join(folder, 'bin/kustomize'), check: join(folder, 'bin/check'), key };
}

function sourceFiles(): string[] {
  const own = readdirSync(join(PROGRAMS_MODULE, 'check')).sort();
  return ['go.mod', 'go.sum', ...own.map((name) => join('check', name))];
}
