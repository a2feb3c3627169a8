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
            'test/src/chaos/**/*.test.ts',
          ],
          exclude: built,
          testTimeout: 30_000,
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
    ],
  },
});
