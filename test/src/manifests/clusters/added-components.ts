import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** Where Applications are written down. */
const CLUSTERS = 'gitops/clusters';

/** What stands for a hospital's name in an Application until it is put in. */
const ANY_SITE = /SITE$|\{\{[^}]*\}\}$/;

/** Components that Applications add to a folder. */
export interface AddedComponents {
  /** the folder, from the root, as the Application names it */
  path: string;
  /** from the root; `*` for the name of any hospital */
  components: string[];
}

/** What Applications, wherever they are written, add to the folders that they deliver. */
export function addedComponents(root: string): AddedComponents[] {
  return readdirSync(join(root, CLUSTERS), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => parseAllDocuments(readFileSync(join(root, CLUSTERS, name), 'utf8')))
    .flatMap((document) => sourcesIn(document.toJS()));
}

function sourcesIn(value: unknown): AddedComponents[] {
  if (typeof value !== 'object' || value === null) return [];
  const { path, kustomize } = value as { path?: unknown; kustomize?: { components?: string[] } | null };
  const below = Object.values(value).flatMap(sourcesIn);
  if (typeof path !== 'string' || kustomize?.components === undefined) return below;
  const components = kustomize.components.map((component) =>
    relative('/', resolve('/', path, component.replace(ANY_SITE, '*'))),
  );
  return [{ path, components }, ...below];
}

/** Whether one of them is this component. */
export function addsComponent(added: readonly AddedComponents[], folder: string): boolean {
  const parent = folder.slice(0, folder.lastIndexOf('/'));
  return added.some(({ components }) => components.includes(folder) || components.includes(`${parent}/*`));
}
