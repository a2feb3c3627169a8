/** Something wrong with an object. */
export interface Finding {
  rule: RuleName;
  /** its path in the object, such as `spec.replicas` */
  field: string;
  message: string;
}

/** Those that the program finds, and those of Hilum's own. */
export type RuleName = keyof typeof FIXES;

/** What to do about each. */
export const FIXES = {
  unreadable: 'make it YAML of one object with apiVersion and kind',
  'unknown-kind': 'write a version of it that is served, or name the part that defines it in gitops/versions.yaml',
  deprecated: 'write it in the version that follows',
  'unknown-field': 'correct its name or place, or leave it out',
  invalid: 'give it a value that the API server takes',
  'retired-kind': 'use what followed it',
  'image-not-pinned': 'name it with its digest, image@sha256:…',
  'secret-in-git': 'have an ExternalSecret or an operator make the secret, and give its name here',
} as const;

export interface ManifestObject {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    name?: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

export interface JudgedObject {
  /** what it was rendered from, such as a folder with a kustomization.yaml */
  document: string;
  object: ManifestObject;
  findings: Finding[];
}

/** One line for each finding: where, what object, which field, what is wrong and how to put it right. */
export function reportOf(objects: readonly JudgedObject[]): string[] {
  return objects.flatMap(({ document, object, findings }) => {
    const subject = describe(object);
    return findings.map(({ rule, field, message }) => {
      const place = field === '' ? '' : ` ${field}:`;
      return `${document}: ${subject}:${place} ${message} (${rule}: ${FIXES[rule]})`;
    });
  });
}

function describe({ apiVersion, kind, metadata }: ManifestObject): string {
  const name = [metadata?.namespace, metadata?.name].filter((part) => part !== undefined).join('/');
  return [apiVersion, kind, name].filter((part) => part !== undefined && part !== '').join(' ');
}
