import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { repositoryRoot } from '../../support/repository.js';

const definitionsSchema = z.strictObject({
  /** of the Go registry */
  module: z.string().min(1),
  version: z.string().regex(/^v\d/),
  sum: z.string().regex(/^h1:[A-Za-z0-9+/]{43}=$/),
  /** files, or folders of them, in YAML */
  files: z.array(z.string().min(1)).min(1),
});

const partSchema = z.strictObject({
  version: z.string().regex(/^v?\d+(\.\d+)+$/),
  definitions: definitionsSchema.optional(),
  /** the chart that an Application installs it from */
  chart: z.strictObject({ name: z.string().min(1), version: z.string().regex(/^v?\d+(\.\d+)+$/) }).optional(),
});

const versionsSchema = z.strictObject({
  kubernetes: z.string().regex(/^v1\.\d+\.\d+$/),
  kustomize: z.string().regex(/^v\d+\.\d+\.\d+$/),
  kafka: z.string().regex(/^\d+\.\d+\.\d+$/),
  parts: z.record(z.string().regex(/^[a-z0-9-]+$/), partSchema),
});

/** What `gitops/versions.yaml` says. */
export type Versions = z.infer<typeof versionsSchema>;
export type DefinitionSource = z.infer<typeof definitionsSchema>;

export const VERSIONS_FILE = 'gitops/versions.yaml';

/** @throws Error that names every field that is not as it should be */
export function readVersions(text: string = readFileSync(join(repositoryRoot, VERSIONS_FILE), 'utf8')): Versions {
  const result = versionsSchema.safeParse(parse(text));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`${VERSIONS_FILE} is not as it should be:\n${problems.join('\n')}`);
}
