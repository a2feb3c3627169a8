import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { runTool } from '@hilum/local';
import { parse } from 'yaml';
import { SITE_PLATFORMS } from './platforms.js';

const FILE = 'kustomization.yaml';

/** A folder with a kustomization.yaml. */
export interface Kustomization {
  /** relative to the root that was searched, with slashes */
  folder: string;
  /** one that others include, and that cannot be built by itself */
  isComponent: boolean;
  /** folders of others that it names */
  includes: string[];
}

/** Every kustomization below some folders of a root. @throws Error naming a file that is none */
export function findKustomizations(root: string, below: readonly string[]): Kustomization[] {
  return below
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((name) => name.endsWith(`/${FILE}`))
    .sort()
    .map((name) => readKustomization(root, dirname(name)));
}

function readKustomization(root: string, folder: string): Kustomization {
  const file = join(root, folder, FILE);
  const content = parse(readFileSync(file, 'utf8')) as {
    kind?: string;
    resources?: unknown;
    components?: unknown;
  } | null;
  if (content === null || (content.kind !== 'Kustomization' && content.kind !== 'Component'))
    throw new Error(`${join(folder, FILE)}: its kind is neither Kustomization nor Component`);
  const named = [content.resources, content.components].flatMap((list) =>
    Array.isArray(list) ? (list as unknown[]) : [],
  );
  const includes = named
    .filter((entry): entry is string => typeof entry === 'string')
    .map((entry) => resolve(root, folder, entry))
    .filter((path) => existsSync(path) && statSync(path).isDirectory())
    .map((path) => relative(root, path));
  return { folder, isComponent: content.kind === 'Component', includes };
}

/** Folders called so are applied as they are, also when another one is made of them. */
const PLATFORMS = new Set<string>(SITE_PLATFORMS);

/** Those that somebody applies: of a platform, or included by no other. */
export function appliedKustomizations(all: readonly Kustomization[]): Kustomization[] {
  const included = new Set(all.flatMap(({ includes }) => includes));
  return all.filter(
    ({ folder, isComponent }) => !isComponent && (PLATFORMS.has(basename(folder)) || !included.has(folder)),
  );
}

/** What `kustomize build` makes of a folder. @throws Error with what it said */
export async function render(kustomize: string, root: string, folder: string, signal: AbortSignal): Promise<string> {
  return runTool({ command: kustomize, args: ['build', folder], cwd: root, signal });
}
