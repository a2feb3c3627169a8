import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { partSources } from '../../bin/lib/parts.mjs';
import { cachedPart, sha256Of } from './part-cache.js';
import { packageDir } from './paths.js';
import type { ReportProgress } from './progress.js';
import { runTool } from './run-tool.js';

/**
 * The folder with the jars of Apache Kafka, fetched by Maven as `kafka/pom.xml` says.
 * @throws Error when a jar is not the one whose checksum is in `kafka/jars.sha256`
 */
export async function kafkaJars(cacheDir: string, report: ReportProgress, signal: AbortSignal): Promise<string> {
  const source = join(packageDir, 'kafka');
  const sums = await readFile(join(source, 'jars.sha256'), 'utf8');
  const expected = new Map(
    sums
      .trim()
      .split('\n')
      .map((line) => line.split('  ').reverse() as [string, string]),
  );
  const { key, version } = partSources(packageDir).kafka;
  const tell = (detail: string): void => report({ subject: 'part kafka', phase: 'working', detail });
  return cachedPart(
    cacheDir,
    {
      key,
      onWait: () => tell('waiting for another process that fetches it'),
      build: async (folder, buildSignal) => {
        let fetched = 0;
        tell(`Apache Kafka ${version}: asking Maven`);
        await runTool({
          command: 'mvn',
          args: ['-B', '-f', join(source, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`],
          cwd: folder,
          signal: buildSignal,
          onLine: (line) => {
            if (!/Copying .*\.jar|Downloaded .*\.jar/.test(line)) return;
            if (line.includes('Copying')) fetched += 1;
            tell(`Apache Kafka ${version}: ${fetched} of ${expected.size} jars`);
          },
        });
        await verify(folder, expected);
      },
    },
    signal,
  );
}

async function verify(folder: string, expected: ReadonlyMap<string, string>): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jar'));
  const wrong = names.filter((name) => !expected.has(name));
  for (const [name, sha256] of expected) {
    if (!names.includes(name) || (await sha256Of(join(folder, name))) !== sha256) wrong.push(name);
  }
  if (wrong.length > 0) throw new Error(`not what packages/local/kafka/jars.sha256 lists: ${wrong.join(', ')}`);
}
