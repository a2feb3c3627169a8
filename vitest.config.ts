import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const built = ['**/node_modules/**', '**/dist/**', '.hilum/**'];
const GITOPS = 'test/src/clusters/tests/gitops.test.ts';

/** As usual, but first what needs control planes that nothing else has changed. */
class GitopsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isGitops = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith(GITOPS);
    return [...sorted.filter(isGitops), ...sorted.filter((file) => !isGitops(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: GitopsFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'inference/*/src/**/*.test.ts',
            'edge/src/**/*.test.ts',
            'hub/src/**/*.test.ts',
            'test/src/architecture/**/*.test.ts',
            'test/src/bench/**/*.test.ts',
            'test/src/chaos/**/*.test.ts',
            'test/src/clusters/stand-ins/**/*.test.ts',
            'test/src/clusters/harness/**/*.test.ts',
            'test/src/clusters/programs/**/*.test.ts',
            'test/src/clusters/testing/**/*.test.ts',
            'test/src/policies/**/*.test.ts',
            'test/src/simulator/**/*.test.ts',
            'test/src/support/**/*.test.ts',
          ],
          exclude: built,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // as a browser's bundler resolves them: the other builds of these libraries require() style sheets
        resolve: { mainFields: ['module', 'main'], extensions: ['.mjs', '.ts', '.tsx', '.js', '.json'] },
        ssr: { resolve: { mainFields: ['module', 'main'] } },
        test: {
          name: 'console',
          include: ['hub/console/src/**/*.test.ts', 'hub/console/src/**/*.test.tsx'],
          exclude: built,
          // their modules import style sheets, which Node cannot
          server: { deps: { inline: [/@patternfly/, /victory/] } },
        },
      },
      {
        // What Git brings to clusters, rendered and held against the definitions of the parts' own versions.
        test: {
          name: 'manifests',
          include: ['test/src/manifests/**/*.test.ts'],
          exclude: built,
          globalSetup: ['test/src/manifests/testing/prepare-manifests.ts'],
          testTimeout: 60_000,
          // images are put together in a folder of some ten thousand files
          hookTimeout: 60_000,
        },
      },
      {
        // One fleet after another: two at once would not fit two cores and would fail on time instead of on a fault.
        test: {
          name: 'integration',
          include: ['test/src/integration/**/*.test.ts'],
          exclude: built,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
      {
        // A fleet of Kubernetes control planes that all files share, and change: one after another.
        test: {
          name: 'clusters',
          include: ['test/src/clusters/tests/**/*.test.ts'],
          exclude: built,
          globalSetup: ['test/src/clusters/testing/start-fleet.ts'],
          setupFiles: ['test/src/clusters/testing/keep-evidence.ts'],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
