import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { render } from '../render/kustomizations.js';

/** Any object that is delivered. */
export interface DeliveredObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  spec?: Record<string, unknown>;
  data?: Record<string, string>;
}

interface ApplicationSpec {
  project: string;
  source: {
    repoURL: string;
    targetRevision: string;
    path?: string;
    chart?: string;
    kustomize?: { components?: string[] };
  };
  destination: { namespace: string; name?: string; server?: string };
  syncPolicy: { syncOptions: string[] };
}

/** What one Application brings. */
export interface Delivery {
  /** whose Argo CD has the Application: `hub` or a hospital's */
  argoCd: string;
  application: string;
  wave: number;
  spec: ApplicationSpec & { source: { path: string } };
  objects: DeliveredObject[];
}

/** What Argo CD reads. */
const TREE = ['gitops', 'policies', 'hub/fleet', 'hub/monitoring', 'edge/fleet'];

/** A copy of what Argo CD reads, rendered as Argo CD does: with the components that an Application adds to its folder. */
export class DeliveredTree {
  readonly #root: string;
  readonly #kustomize: string;

  constructor(repositoryRoot: string, kustomize: string) {
    this.#root = mkdtempSync(join(tmpdir(), 'hilum-delivered-'));
    this.#kustomize = kustomize;
    for (const folder of TREE) cpSync(join(repositoryRoot, folder), join(this.#root, folder), { recursive: true });
  }

  close(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** @param path from the root */
  read(path: string): string {
    return readFileSync(join(this.#root, path), 'utf8');
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.#root, path), text);
  }

  /** One more hospital, by the text of its file. */
  addSite(name: string, text: string): void {
    mkdirSync(join(this.#root, 'gitops/clusters/sites', name));
    this.write(`gitops/clusters/sites/${name}/kustomization.yaml`, text);
  }

  /** @param components relative to the folder, as in an Application. @throws Error with what kustomize said */
  async render(folder: string, components: readonly string[] = []): Promise<DeliveredObject[]> {
    const path = join(folder, 'kustomization.yaml');
    const text = this.read(path);
    try {
      if (components.length > 0) {
        const content = parse(text) as { components?: string[] };
        this.write(path, stringify({ ...content, components: [...(content.components ?? []), ...components] }));
      }
      const rendered = await render(this.#kustomize, this.#root, folder, new AbortController().signal);
      return parseAllDocuments(rendered)
        .map((document) => document.toJS() as DeliveredObject | null)
        .filter((object): object is DeliveredObject => object !== null);
    } finally {
      this.write(path, text);
    }
  }

  /**
   * Everything that comes of applying a folder at the hub: what its Applications bring, and theirs, for these hospitals.
   * Charts are left out: they are not ours to render.
   * @throws Error naming the Application whose folder is missing or cannot be rendered
   */
  async deliveries(bootstrap: string, sites: readonly string[]): Promise<Delivery[]> {
    return this.#follow('hub', await this.render(bootstrap), sites);
  }

  async #follow(argoCd: string, objects: readonly DeliveredObject[], sites: readonly string[]): Promise<Delivery[]> {
    const found: Delivery[] = [];
    for (const object of objects) {
      if (object.kind === 'Application') found.push(...(await this.#deliver(argoCd, object, sites)));
      if (object.kind === 'ApplicationSet')
        for (const site of sites) found.push(...(await this.#deliver(argoCd, instanceOf(object, site), sites)));
      if (object.kind === 'ManifestWorkReplicaSet')
        found.push(...(await this.#follow(siteOf(object), workloadOf(object), sites)));
    }
    return found;
  }

  async #deliver(argoCd: string, application: DeliveredObject, sites: readonly string[]): Promise<Delivery[]> {
    const spec = application.spec as unknown as ApplicationSpec;
    const { path, chart, kustomize } = spec.source;
    if (chart !== undefined || path === undefined) return [];
    const { name, annotations = {} } = application.metadata;
    const objects = await this.render(path, kustomize?.components).catch((error: unknown) => {
      throw new Error(`Application ${name}: ${path} cannot be rendered: ${String(error)}`, { cause: error });
    });
    const delivery: Delivery = {
      argoCd,
      application: name,
      wave: Number(annotations['argocd.argoproj.io/sync-wave'] ?? 0),
      spec: { ...spec, source: { ...spec.source, path } },
      objects,
    };
    return [delivery, ...(await this.#follow(argoCd, objects, sites))];
  }
}

/** Folders of the components that an Application adds, from the root. */
export function componentsOf({ spec }: Delivery): string[] {
  const { path, kustomize } = spec.source;
  return (kustomize?.components ?? []).map((component) => relative('/', resolve('/', path, component)));
}

/** The Application that an ApplicationSet makes for a hospital. */
function instanceOf({ spec }: DeliveredObject, site: string): DeliveredObject {
  const template = JSON.stringify((spec as { template: object }).template).replaceAll('{{ .path.basename }}', site);
  if (template.includes('{{')) throw new Error(`a template asks for more than the hospital's name: ${template}`);
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    ...(JSON.parse(template) as object),
  } as DeliveredObject;
}

function siteOf({ metadata }: DeliveredObject): string {
  return metadata.annotations?.['hilum.org/site-name'] ?? '';
}

function workloadOf({ spec }: DeliveredObject): DeliveredObject[] {
  const { manifestWorkTemplate } = spec as { manifestWorkTemplate: { workload: { manifests: DeliveredObject[] } } };
  return manifestWorkTemplate.workload.manifests;
}
