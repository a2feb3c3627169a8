import kafkajs, { type AclEntry, type Admin } from 'kafkajs';

const {
  AclOperationTypes: Operation,
  AclPermissionTypes: Permission,
  AclResourceTypes: Resource,
  ResourcePatternTypes: Pattern,
} = kafkajs;

/** Certificates of the hub's own programs, by common name, which is also the Kafka principal. */
export const hubPrincipals = {
  /** the broker itself; super user, for broker and controller are one */
  broker: 'hub-kafka',
  /** the operator and the supervisor; super user */
  admin: 'hub-admin',
  /** the hub service: reads everything, writes nothing */
  service: 'hub',
} as const;

type Operations = readonly (typeof Operation)[keyof typeof Operation][];

/**
 * What one site's mirror needs at the hub and no more: its own topics by prefix, MirrorMaker's bookkeeping for that
 * site, and the transactions that make mirroring exactly once.
 */
export function siteAccessRules(site: string): AclEntry[] {
  const groupId = `${site}-mm2`;
  const bookkeeping = [
    Operation.CREATE,
    Operation.WRITE,
    Operation.READ,
    Operation.DESCRIBE,
    Operation.DESCRIBE_CONFIGS,
  ];
  const transactional = [Operation.WRITE, Operation.DESCRIBE];
  return [
    ...allow(site, Resource.TOPIC, `${site}.`, Pattern.PREFIXED, [...bookkeeping, Operation.ALTER]),
    ...['configs', 'offsets', 'status'].flatMap((kind) =>
      allow(site, Resource.TOPIC, `mm2-${kind}.${site}.internal`, Pattern.LITERAL, bookkeeping),
    ),
    ...allow(site, Resource.GROUP, groupId, Pattern.LITERAL, [Operation.READ, Operation.DESCRIBE]),
    // The worker's and its only task's transactions, by full name: as a prefix, a-mm2 would also cover those of a site
    // called a-mm2.
    ...[`connect-cluster-${groupId}`, `${groupId}-MirrorSourceConnector-0`].flatMap((id) =>
      allow(site, Resource.TRANSACTIONAL_ID, id, Pattern.LITERAL, transactional),
    ),
  ];
}

/** The hub service reads all topics, in consumer groups that begin with `hub.`. */
export function hubServiceAccessRules(): AclEntry[] {
  const read = [Operation.READ, Operation.DESCRIBE];
  return [
    ...allow(hubPrincipals.service, Resource.TOPIC, '*', Pattern.LITERAL, read),
    ...allow(hubPrincipals.service, Resource.GROUP, 'hub.', Pattern.PREFIXED, read),
  ];
}

/** Adds the rules; the broker keeps one copy of each, however often they are added. */
export async function ensureAccessRules(admin: Admin, rules: readonly AclEntry[]): Promise<void> {
  await admin.createAcls({ acl: [...rules] });
}

function allow(
  principal: string,
  resourceType: AclEntry['resourceType'],
  resourceName: string,
  resourcePatternType: AclEntry['resourcePatternType'],
  operations: Operations,
): AclEntry[] {
  return operations.map((operation) => ({
    principal: `User:${principal}`,
    host: '*',
    permissionType: Permission.ALLOW,
    resourceType,
    resourceName,
    resourcePatternType,
    operation,
  }));
}
