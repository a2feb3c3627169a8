import { join } from 'node:path';
import { partSources } from '../../bin/lib/parts.mjs';
import { cachedPart } from './part-cache.js';
import { packageDir } from './paths.js';
import type { ReportProgress } from './progress.js';
import { runTool } from './run-tool.js';

const COMMAND = 'github.com/versity/versitygw/cmd/versitygw';

/** The S3 store's program, built by Go from the versions in `store/go.mod`, checksums in `store/go.sum`. */
export async function storeBinary(cacheDir: string, report: ReportProgress, signal: AbortSignal): Promise<string> {
  const source = join(packageDir, 'store');
  const { key, version } = partSources(packageDir).store;
  const tell = (detail: string): void => report({ subject: 'part store', phase: 'working', detail });
  const folder = await cachedPart(
    cacheDir,
    {
      key,
      onWait: () => tell('waiting for another process that builds it'),
      build: async (draft, buildSignal) => {
        // Packages of the vendor's own cgo choice would need a C compiler; the store needs none.
        const go = { command: 'go', cwd: source, env: { CGO_ENABLED: '0' }, signal: buildSignal };
        tell(`VersityGW ${version}: fetching modules`);
        const packages = (await runTool({ ...go, args: ['list', '-deps', COMMAND] })).split('\n').length;
        let built = 0;
        await runTool({
          ...go,
          args: ['build', '-v', '-trimpath', '-ldflags=-s -w', '-o', join(draft, 'versitygw'), COMMAND],
          onLine: (line) => {
            // With -v, Go names each package it compiles; what its cache already holds is not named.
            if (!/^[\w.-]+(\/[\w.-]+)*$/.test(line)) return;
            built += 1;
            tell(`VersityGW ${version}: ${Math.min(built, packages)} of ${packages} packages`);
          },
        });
      },
    },
    signal,
  );
  return join(folder, 'versitygw');
}
