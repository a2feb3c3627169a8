import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Which of Hilum's packages each one may import; the architecture test holds package.json and tsconfig to the same file. */
const packageGraph = JSON.parse(readFileSync(new URL('test/package-graph.json', import.meta.url), 'utf8'));
const forbidden = Object.fromEntries(
  Object.entries(packageGraph).map(([folder, allowed]) => [
    folder,
    ['@hilum/*', ...allowed.flatMap((name) => [`!@hilum/${name}`, `!@hilum/${name}/*`])],
  ]),
);

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      'inference/service/bundle/**',
      '**/node_modules/**',
      '.hilum/**',
      'inference/training/**',
      'inference/model/kernel/**',
      '**/.venv/**',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['vitest.config.ts'] } } },
    settings: {
      'import-x/resolver-next': [
        createTypeScriptImportResolver({
          noWarnOnMultipleProjects: true,
          project: [
            '*/tsconfig.json',
            'packages/*/tsconfig.json',
            'inference/*/tsconfig.json',
            'hub/console/tsconfig.json',
          ],
        }),
      ],
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'import-x/no-cycle': 'error',
      'import-x/no-relative-packages': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  ...Object.entries(forbidden).flatMap(([folder, patterns]) => {
    const ignores = folder === 'hub' ? ['hub/console/**'] : [];
    const packageDir = [join(import.meta.dirname, folder)];
    return [
      {
        files: [`${folder}/src/**/*.{ts,tsx}`],
        ignores: [...ignores, '**/*.test.{ts,tsx}', '**/testing/**'],
        rules: {
          'no-restricted-imports': [
            'error',
            {
              patterns: [
                { group: patterns, message: 'this direction is forbidden; CONTRIBUTING.md says who may import whom' },
                { group: ['@hilum/*/dist/*', '@hilum/*/src/*'], message: 'import the package by its name' },
              ],
            },
          ],
          'import-x/no-extraneous-dependencies': ['error', { packageDir, devDependencies: false }],
        },
      },
      {
        files: [`${folder}/src/**/*.test.{ts,tsx}`, `${folder}/src/**/testing/**/*.ts`],
        ignores,
        // vitest and the type packages are installed once, at the root
        rules: {
          'import-x/no-extraneous-dependencies': ['error', { packageDir: [...packageDir, import.meta.dirname] }],
        },
      },
    ];
  }),
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        fetch: 'readonly',
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
      },
    },
  },
);
