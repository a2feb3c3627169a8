import type { Finding, ManifestObject } from './finding.js';

/** Kinds that some API server still takes and nobody should write any more. */
const RETIRED = new Map([
  ['apps.open-cluster-management.io/PlacementRule', 'Placement of cluster.open-cluster-management.io/v1beta1'],
  ['policy/PodSecurityPolicy', 'the label pod-security.kubernetes.io/enforce of the namespace'],
  ['/PodSecurityPolicy', 'the label pod-security.kubernetes.io/enforce of the namespace'],
]);

/** `image@sha256:…`; a tag before it is for the reader. */
const PINNED = /^[^@\s]+@sha256:[0-9a-f]{64}$/;

/** What an API server does not mind and Hilum does. */
export function ownFindings(object: ManifestObject): Finding[] {
  return [...retiredKind(object), ...secretInGit(object), ...imagesNotPinned(object)];
}

function retiredKind({ apiVersion = '', kind = '' }: ManifestObject): Finding[] {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  const successor = RETIRED.get(`${group}/${kind}`);
  if (successor === undefined) return [];
  return [{ rule: 'retired-kind', field: 'kind', message: `${kind} is retired: use ${successor}` }];
}

function secretInGit(object: ManifestObject): Finding[] {
  if (object.apiVersion !== 'v1' || object.kind !== 'Secret') return [];
  return ['data', 'stringData']
    .filter((field) => Object.keys(object[field] ?? {}).length > 0)
    .map((field) => ({ rule: 'secret-in-git', field, message: 'a secret’s content is in Git' }));
}

/**
 * Of every container, wherever a pod is described: in Deployments, Knative Services, tasks of Tekton, templates of operators.
 * Not in what is only text, nor in policies, which may describe what must not be.
 */
function imagesNotPinned(object: ManifestObject): Finding[] {
  if (object.kind === 'ConfigMap' || (object.apiVersion ?? '').startsWith('policy.open-cluster-management.io/'))
    return [];
  return imagesIn(object, '').flatMap(({ field, image }) =>
    PINNED.test(image)
      ? []
      : [{ rule: 'image-not-pinned', field, message: `the image ${image === '' ? 'is empty' : image} has no digest` }],
  );
}

/** Every `image` or `imageName` with a text, and where. */
export function imagesIn(value: unknown, path: string): { field: string; image: string }[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown, position) => imagesIn(item, `${path}[${position}]`));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const field = path === '' ? key : `${path}.${key}`;
    if ((key === 'image' || key === 'imageName') && typeof item === 'string') return [{ field, image: item }];
    return imagesIn(item, field);
  });
}
