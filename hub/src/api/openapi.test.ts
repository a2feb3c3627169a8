import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { CONSOLE_TYPES_FILE, consoleTypes } from '../testing/console-types.js';
import { ACCESS, HUB_ROLES, type HubRole } from './access-rule.js';
import { openApiDocument } from './openapi.js';

type Operation = { operationId: string; security?: object[]; 'x-hilum-roles'?: HubRole[]; responses: object };

const operations = Object.entries(openApiDocument.paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ path, method, operation })),
);

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const document = JSON.parse(JSON.stringify(openApiDocument)) as Record<string, unknown>;
    const outcome = await new Validator().validate(document);
    expect(outcome.errors).toBeUndefined();
    expect(outcome.valid).toBe(true);
    const broken = await new Validator().validate({ ...document, paths: { '/x': { get: { responses: 'none' } } } });
    expect(broken.valid).toBe(false);
  });

  it('gives each operation a name of its own', () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it('names the roles of all that needs one, and how to sign in for it', () => {
    const described = operations.flatMap(({ operation }) => operation['x-hilum-roles'] ?? []);
    expect(new Set(described)).toEqual(new Set(HUB_ROLES));
    for (const { path, operation } of operations) {
      // one of a list, and what belongs to it, is for whom the list is
      const resource = path.replace('/api/v1/', '').replace(/\/\{\w+\}.*$/, '') as keyof typeof ACCESS;
      expect(operation['x-hilum-roles'], path).toEqual(ACCESS[resource]);
      // what needs a role uses the schemes of the whole document
      if (operation['x-hilum-roles'] !== undefined) {
        expect(operation.security, path).toBeUndefined();
        expect(Object.keys(operation.responses), path).toEqual(expect.arrayContaining(['401', '403', 'default']));
      }
    }
  });

  it('is what the console’s client was generated from (else: npx tsc -b && npm run api:write)', async () => {
    expect(await readFile(CONSOLE_TYPES_FILE, 'utf8')).toBe(await consoleTypes());
  });
});
