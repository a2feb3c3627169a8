/** As much of a Kubernetes object as all have. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
}

/** How messages name an object: `NetworkPolicy hilum/to-dns`. */
export function nameOf({ kind, metadata: { name, namespace } }: KubeObject): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** All of one kind, as what that kind is. */
export function ofKind<Kind extends KubeObject>(objects: readonly KubeObject[], kind: Kind['kind']): Kind[] {
  return objects.filter((object) => object.kind === kind) as Kind[];
}

/** @throws Error when there is none, or more than one */
export function theOne<Kind extends KubeObject>(
  objects: readonly KubeObject[],
  kind: Kind['kind'],
  name: string,
): Kind {
  const found = ofKind<Kind>(objects, kind).filter((object) => object.metadata.name === name);
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} times ${kind} ${name}, not once`);
  return first;
}

/** A copy to change: what a check is shown to find. */
export function changed(objects: readonly KubeObject[], change: (copy: KubeObject[]) => void): KubeObject[] {
  const copy = structuredClone([...objects]);
  change(copy);
  return copy;
}
