import { defineConfig } from 'vitest/config';

const built = ['**/node_modules/**', '**/dist/**', '.hilum/**'];

export default defineConfig({
  test: {
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
    ],
  },
});
