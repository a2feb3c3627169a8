import type { KafkaUser } from './kafka-check.js';
import { nameOf, ofKind, type KubeObject } from './kube-object.js';
import { containerOf, workloadsOf } from './workload.js';

interface StoreReference {
  kind: string;
  name: string;
}

interface ExternalSecret extends KubeObject {
  spec: {
    target?: { name?: string; template?: { data?: Record<string, string> } };
    data?: {
      secretKey: string;
      remoteRef: { key: string; property: string };
      sourceRef?: { storeRef: StoreReference };
    }[];
    secretStoreRef?: StoreReference;
  };
}

interface Certificate extends KubeObject {
  spec: { secretName: string };
}

interface SecretStore extends KubeObject {
  spec: { provider: { kubernetes?: { remoteNamespace: string; auth: { serviceAccount: { name: string } } } } };
}

interface RoleBinding extends KubeObject {
  roleRef: { name: string };
  subjects: { kind: string; name: string; namespace?: string }[];
}

interface Role extends KubeObject {
  rules: { resources: string[]; resourceNames?: string[] }[];
}

/** A secret in a namespace, with its keys. */
export interface MadeSecret {
  namespace: string;
  name: string;
  keys: readonly string[];
}

/** Of Strimzi's making, for each of its users and clusters. */
function secretsOfStrimzi(objects: readonly KubeObject[]): MadeSecret[] {
  const users = ofKind<KafkaUser>(objects, 'KafkaUser').map(({ metadata: { name, namespace = '' }, spec }) => ({
    name,
    namespace,
    keys:
      spec.authentication.type === 'tls'
        ? ['ca.crt', 'user.crt', 'user.key', 'user.p12', 'user.password']
        : ['password', 'sasl.jaas.config'],
  }));
  const clusters = ofKind(objects, 'Kafka').map(({ metadata: { name, namespace = '' } }) => ({
    name: `${name}-cluster-ca-cert`,
    namespace,
    keys: ['ca.crt'],
  }));
  return [...users, ...clusters];
}

/** What the store's operator makes for each bucket, and CloudNativePG for each cluster. */
function secretsOfOperators(objects: readonly KubeObject[]): MadeSecret[] {
  return objects.flatMap(({ apiVersion, kind, metadata: { name, namespace = '' } }) => {
    if (kind === 'ObjectBucketClaim')
      return [{ namespace, name, keys: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] }];
    if (!apiVersion.startsWith('postgresql.cnpg.io/') || kind !== 'Cluster') return [];
    return [
      { namespace, name: `${name}-app`, keys: ['uri', 'username', 'password', 'host', 'port', 'dbname'] },
      { namespace, name: `${name}-ca`, keys: ['ca.crt'] },
    ];
  });
}

/** All that objects make, by themselves or by the operator that watches them. */
export function secretsMade(objects: readonly KubeObject[], others: readonly MadeSecret[] = []): MadeSecret[] {
  const external = ofKind<ExternalSecret>(objects, 'ExternalSecret').map(({ metadata, spec }) => ({
    namespace: metadata.namespace ?? '',
    name: spec.target?.name ?? metadata.name,
    keys: [...(spec.data ?? []).map(({ secretKey }) => secretKey), ...Object.keys(spec.target?.template?.data ?? {})],
  }));
  const certificates = ofKind<Certificate>(objects, 'Certificate').map(({ metadata, spec }) => ({
    namespace: metadata.namespace ?? '',
    name: spec.secretName,
    keys: ['tls.crt', 'tls.key', 'ca.crt'],
  }));
  return [...external, ...certificates, ...secretsOfStrimzi(objects), ...secretsOfOperators(objects), ...others];
}

interface SecretUse {
  by: string;
  namespace: string;
  name: string;
  key: string | null;
}

/** Any `secretName`, `secretKeyRef` or `secret.ref` of an object, wherever it stands. */
function secretUses(object: KubeObject): SecretUse[] {
  const namespace = object.metadata.namespace ?? '';
  const uses: SecretUse[] = [];
  const use = (name: unknown, keys: unknown[]): void => {
    for (const key of keys.length === 0 ? [null] : keys)
      uses.push({ by: nameOf(object), namespace, name: String(name), key: typeof key === 'string' ? key : null });
  };
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const record = node as Record<string, unknown>;
    if (typeof record['secretName'] === 'string') {
      const items = record['items'] as { key: string }[] | undefined;
      use(
        record['secretName'],
        [...(items ?? []).map(({ key }) => key), record['certificate'], record['key']].filter(Boolean),
      );
    }
    const reference = record['secretKeyRef'] as { name: string; key: string } | undefined;
    if (reference !== undefined) use(reference.name, [reference.key]);
    const secret = record['secret'] as { ref?: { name: string } } | undefined;
    if (secret?.ref !== undefined) use(secret.ref.name, []);
    Object.values(record).forEach(visit);
  };
  // a Certificate names the secret that it makes
  if (object.kind !== 'Certificate') visit(object);
  return uses;
}

/** Every secret that is named has something that makes it, with the keys that are read. */
export function secretProblems(objects: readonly KubeObject[], others: readonly MadeSecret[]): string[] {
  const made = secretsMade(objects, others);
  const problems = objects.flatMap(secretUses).flatMap(({ by, namespace, name, key }) => {
    const secret = made.find((one) => one.namespace === namespace && one.name === name);
    if (secret === undefined) return [`${by}: nothing makes the secret ${namespace}/${name}`];
    return key === null || secret.keys.includes(key) ? [] : [`${by}: the secret ${namespace}/${name} has no ${key}`];
  });
  return [...problems, ...fileProblems(objects, made), ...copyProblems(objects, made)];
}

/** Files that variables name are keys of the secret that is mounted there. */
function fileProblems(objects: readonly KubeObject[], made: readonly MadeSecret[]): string[] {
  return workloadsOf(objects).flatMap((workload) => {
    const { volumes = [] } = workload.spec.template.spec;
    const { env, volumeMounts = [] } = containerOf(workload);
    return env
      .filter(({ value }) => value?.startsWith('/run/secrets/'))
      .flatMap(({ name, value = '' }) => {
        const cut = value.lastIndexOf('/');
        const [folder, key] = [value.slice(0, cut), value.slice(cut + 1)];
        const volume = volumeMounts.find(({ mountPath }) => mountPath === folder)?.name;
        const secretName = volumes.find((one) => one.name === volume)?.secret?.secretName;
        const secret = made.find((one) => one.namespace === 'hilum' && one.name === secretName);
        return secret?.keys.includes(key) === true
          ? []
          : [`${nameOf(workload)}: ${name} names ${value}, which no mounted secret holds`];
      });
  });
}

/** What is copied out of another namespace is there, and the identity that copies may read it. */
function copyProblems(objects: readonly KubeObject[], made: readonly MadeSecret[]): string[] {
  const stores = ofKind<SecretStore>(objects, 'SecretStore');
  return ofKind<ExternalSecret>(objects, 'ExternalSecret').flatMap((secret) =>
    (secret.spec.data ?? []).flatMap(({ remoteRef: { key, property }, sourceRef }) => {
      const reference = sourceRef?.storeRef ?? secret.spec.secretStoreRef;
      if (reference === undefined) return [`${nameOf(secret)}: does not say which store holds ${key}`];
      if (reference.kind !== 'SecretStore') return [];
      const store = stores.find(({ metadata }) => metadata.name === reference.name)?.spec.provider.kubernetes;
      if (store === undefined) return [`${nameOf(secret)}: there is no SecretStore ${reference.name}`];
      const { remoteNamespace, auth } = store;
      const source = made.find((one) => one.namespace === remoteNamespace && one.name === key);
      if (source === undefined) return [`${nameOf(secret)}: nothing makes the secret ${remoteNamespace}/${key}`];
      if (!source.keys.includes(property))
        return [`${nameOf(secret)}: the secret ${remoteNamespace}/${key} has no ${property}`];
      const readable = readableBy(objects, auth.serviceAccount.name, secret.metadata.namespace, remoteNamespace);
      return readable.includes(key)
        ? []
        : [`${nameOf(secret)}: the service account of ${reference.name} may not read ${key}`];
    }),
  );
}

/** Names of the secrets of a namespace that a service account of another may read. */
function readableBy(
  objects: readonly KubeObject[],
  account: string,
  ofNamespace: string | undefined,
  namespace: string,
): string[] {
  const bound = ofKind<RoleBinding>(objects, 'RoleBinding')
    .filter(({ metadata }) => metadata.namespace === namespace)
    .filter(({ subjects }) => subjects.some((one) => one.name === account && one.namespace === ofNamespace))
    .map(({ roleRef }) => roleRef.name);
  return ofKind<Role>(objects, 'Role')
    .filter(({ metadata }) => metadata.namespace === namespace && bound.includes(metadata.name))
    .flatMap(({ rules }) => rules.flatMap(({ resourceNames = [] }) => resourceNames));
}
