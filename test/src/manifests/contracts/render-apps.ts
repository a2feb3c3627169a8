import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { repositoryRoot } from '../../support/repository.js';
import { render } from '../render/kustomizations.js';
import type { KubeObject } from './kube-object.js';

const SITE_APPS = ['edge', 'dispatcher', 'inference'] as const;

/** What a hospital's file sets: keys of the ConfigMap hilum-site. */
export interface SiteValues {
  'site-name': string;
  'hub-kafka-brokers': string;
  'public-host': string;
  'hub-kafka-cidr': string;
  'api-server-cidr': string;
}

export const ST_AGNES: SiteValues = {
  'site-name': 'st-agnes',
  'hub-kafka-brokers': 'kafka.hub.example.org:9094',
  'public-host': 'hilum.st-agnes.example.org',
  'hub-kafka-cidr': '203.0.113.0/24',
  'api-server-cidr': '198.51.100.0/24',
};

export const HUB_VALUES = {
  'public-host': 'hilum.example.org',
  'oidc-issuer': 'https://login.example.org/realms/hilum',
  'oidc-cidr': '192.0.2.0/24',
  'api-server-cidr': '198.51.100.0/24',
} as const;

interface Kustomization {
  components?: string[];
  patches?: unknown[];
}

/**
 * A copy of the manifests in which overlays can be changed as Argo CD changes them: in the overlay's own kustomization.yaml.
 * Call {@link remove} when done.
 */
export class AppManifests {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hilum-manifests-'));
  readonly #kustomize: string;
  #last: Promise<unknown> = Promise.resolve();

  /** @param kustomize path of the program */
  constructor(kustomize: string) {
    this.#kustomize = kustomize;
    for (const folder of ['gitops', 'hub/fleet', 'edge/fleet', 'hub/monitoring'])
      cpSync(join(repositoryRoot, folder), join(this.#folder, folder), { recursive: true });
  }

  /** All that a hospital is given by the apps. */
  async site(overlay: string, values: SiteValues, dispatcherComponents: readonly string[] = []): Promise<KubeObject[]> {
    const apps = await Promise.all(
      SITE_APPS.map((app) =>
        this.#render(`gitops/apps/${app}/overlays/${overlay}`, {
          patches: [patchOf('hilum-site', values)],
          ...(app === 'dispatcher' ? { components: dispatcherComponents } : {}),
        }),
      ),
    );
    return apps.flat();
  }

  hub(overlay: string): Promise<KubeObject[]> {
    return this.#render(`gitops/apps/hub/overlays/${overlay}`, { patches: [patchOf('hilum-hub', HUB_VALUES)] });
  }

  /** What the hub has for one hospital. */
  siteAtHub(values: SiteValues): Promise<KubeObject[]> {
    return this.#render('gitops/apps/hub/site', { patches: [patchOf('hilum-site', values)] });
  }

  /** What the operators are told. @param folder below gitops/infrastructure/configs */
  infrastructure(folder: string): Promise<KubeObject[]> {
    return this.#render(`gitops/infrastructure/configs/${folder}`, { patches: [] });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** One after another: they change the same files. */
  #render(path: string, added: { patches: unknown[]; components?: readonly string[] }): Promise<KubeObject[]> {
    const rendered = this.#last.then(() => this.#renderChanged(path, added));
    this.#last = rendered.catch(() => undefined);
    return rendered;
  }

  async #renderChanged(
    path: string,
    added: { patches: unknown[]; components?: readonly string[] },
  ): Promise<KubeObject[]> {
    const file = join(this.#folder, path, 'kustomization.yaml');
    const own = readFileSync(file, 'utf8');
    const kustomization = parse(own) as Kustomization;
    const { patches = [], components = [] } = kustomization;
    try {
      writeFileSync(
        file,
        stringify({
          ...kustomization,
          patches: [...patches, ...added.patches],
          components: [...components, ...(added.components ?? [])],
        }),
      );
      const { signal } = new AbortController();
      const text = await render(this.#kustomize, this.#folder, path, signal);
      return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
    } finally {
      writeFileSync(file, own);
    }
  }
}

function patchOf(name: string, data: object): unknown {
  return {
    target: { kind: 'ConfigMap', name },
    patch: stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }),
  };
}
