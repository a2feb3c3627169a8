import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { hubPrincipals } from '../kafka/access-rules.js';
import { Pki } from '../pki/pki.js';
import { databaseUrl } from '../postgres/postgres-server.js';
import { STORE_REGION } from '../store/object-store.js';
import { UsageError } from './fleet-config.js';
import type { HubState, SiteState, StoreAccess } from './fleet-state.js';
import { hex, publicHalf, secret, signingKey, token, type Secret } from './secrets.js';

export type PortsByName = Readonly<Record<string, number>>;

export const buckets = { intake: 'xray-intake', results: 'xray-results', hubAudit: 'hilum-audit' } as const;

export const hubPortNames = [
  'hub',
  'hub-kafka',
  'hub-kafka-controller',
  'hub-kafka-wan',
  'hub-store',
  'hub-postgres',
] as const;

export function sitePortNames(site: string): string[] {
  return ['edge', 'dispatcher', 'inference', 'kafka', 'kafka-controller', 'store', 'postgres'].map(
    (kind) => `${site}-${kind}`,
  );
}

/** The port of that name. @throws Error when it was never allocated, which is a mistake of ours */
export function portOf(ports: PortsByName, name: string): number {
  const port = ports[name];
  if (port === undefined) throw new Error(`no port was allocated for ${name}`);
  return port;
}

/**
 * Where sites reach the hub's broker: its own listener for them, or the gateway in front of it that
 * `HILUM_HUB_KAFKA_WAN_ADDRESS` names.
 * @throws UsageError when that is no address
 */
export function hubWanAddress(ports: PortsByName, env: NodeJS.ProcessEnv): string {
  const problem = hubWanAddressProblem(env);
  if (problem !== null) throw new UsageError(problem);
  const gateway = env['HILUM_HUB_KAFKA_WAN_ADDRESS'] ?? '';
  return gateway === '' ? address(ports, 'hub-kafka-wan') : gateway;
}

/** What is wrong with `HILUM_HUB_KAFKA_WAN_ADDRESS`, in one line; null when it is an address or not set. */
export function hubWanAddressProblem(env: NodeJS.ProcessEnv): string | null {
  const gateway = env['HILUM_HUB_KAFKA_WAN_ADDRESS'] ?? '';
  if (gateway === '') return null;
  const setting = `HILUM_HUB_KAFKA_WAN_ADDRESS=${gateway}`;
  const [, host = '', port = ''] = /^([^:]*):(\d+)$/.exec(gateway) ?? [];
  if (!isHost(host)) return `${setting}: must be host:port, such as hub.example.org:9094`;
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  return isPort ? null : `${setting}: the port must be a number from 1 to 65535`;
}

/** A DNS name or an IPv4 address; what is made of digits and dots alone is no name. */
function isHost(text: string): boolean {
  if (/^[\d.]+$/.test(text)) return isIPv4(text);
  return text.length <= 253 && text.split('.').every((label) => /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i.test(label));
}

/** The host of a host:port. */
export function hostOf(hostAndPort: string): string {
  return hostAndPort.slice(0, hostAndPort.lastIndexOf(':'));
}

export function address(ports: PortsByName, name: string): string {
  return `127.0.0.1:${portOf(ports, name)}`;
}

/** What the hub and a site have alike: a database and a store. */
export interface OwnerSecrets {
  postgresSuper: Secret;
  postgresService: Secret;
  storeAccessKeyId: Secret;
  storeSecretAccessKey: Secret;
}

export interface HubSecrets extends OwnerSecrets {
  hospitalIt: Secret;
  dataScience: Secret;
  compliance: Secret;
  /** by which the hub asks the supervisor how policies stand */
  fleet: Secret;
  /** PEM, Ed25519: what the hub signs its audit with */
  auditKey: Secret;
}

export interface SiteSecrets extends OwnerSecrets {
  siteKey: Secret;
  staff: Secret;
  hospitalIt: Secret;
}

export function hubSecrets(dataDir: string): HubSecrets {
  return {
    ...ownerSecrets(dataDir, 'hub'),
    hospitalIt: secret(dataDir, 'hub', 'hospital-it-token', token),
    dataScience: secret(dataDir, 'hub', 'data-science-token', token),
    compliance: secret(dataDir, 'hub', 'compliance-token', token),
    fleet: secret(dataDir, 'hub', 'fleet-token', token),
    auditKey: secret(dataDir, 'hub', 'audit-key', signingKey),
  };
}

export function siteSecrets(dataDir: string, site: string): SiteSecrets {
  const owner = join('sites', site);
  return {
    ...ownerSecrets(dataDir, owner),
    siteKey: secret(dataDir, owner, 'site-key', hex(32)),
    staff: secret(dataDir, owner, 'staff-token', token),
    hospitalIt: secret(dataDir, owner, 'hospital-it-token', token),
  };
}

/** The hub's and a site's secrets under the names that both have. @param owner `hub` or `sites/<name>` */
export function ownerSecrets(dataDir: string, owner: string): OwnerSecrets {
  return {
    postgresSuper: secret(dataDir, owner, 'postgres-super-password', hex(24)),
    postgresService: secret(dataDir, owner, 'postgres-password', hex(24)),
    storeAccessKeyId: secret(dataDir, owner, 's3-access-key-id', () => `HILUM${hex(8)().toUpperCase()}`),
    storeSecretAccessKey: secret(dataDir, owner, 's3-secret-access-key', hex(24)),
  };
}

function storeAccess(ports: PortsByName, name: string, secrets: OwnerSecrets): StoreAccess {
  return {
    endpoint: `http://${address(ports, name)}`,
    region: STORE_REGION,
    accessKeyId: secrets.storeAccessKeyId.value,
    secretAccessKey: secrets.storeSecretAccessKey.value,
  };
}

/** How a service reaches the database that runs under this process name. */
export function databaseUrlOf(ports: PortsByName, name: string, secrets: OwnerSecrets): string {
  return databaseUrl(portOf(ports, name), secrets.postgresService.value);
}

/** How to reach the hub; certificates are those of the operator. */
export function hubState(dataDir: string, ports: PortsByName, env: NodeJS.ProcessEnv): HubState {
  const secrets = hubSecrets(dataDir);
  const admin = new Pki(pkiDir(dataDir)).files(hubPrincipals.admin);
  return {
    url: `http://${address(ports, 'hub')}`,
    tokens: {
      'hospital-it': secrets.hospitalIt.value,
      'data-science': secrets.dataScience.value,
      compliance: secrets.compliance.value,
    },
    kafka: address(ports, 'hub-kafka'),
    kafkaWan: hubWanAddress(ports, env),
    kafkaTls: { ca: admin.ca, cert: admin.cert, key: admin.key },
    databaseUrl: databaseUrlOf(ports, 'hub-postgres', secrets),
    s3: { ...storeAccess(ports, 'hub-store', secrets), auditBucket: buckets.hubAudit },
    auditPublicKey: publicHalf(secrets.auditKey.value),
  };
}

/** How to reach a site. */
export function siteState(dataDir: string, ports: PortsByName, name: string): SiteState {
  const secrets = siteSecrets(dataDir, name);
  return {
    name,
    url: `http://${address(ports, `${name}-edge`)}`,
    tokens: { staff: secrets.staff.value, 'hospital-it': secrets.hospitalIt.value },
    inferenceUrl: `http://${address(ports, `${name}-inference`)}`,
    kafka: address(ports, `${name}-kafka`),
    databaseUrl: databaseUrlOf(ports, `${name}-postgres`, secrets),
    s3: {
      ...storeAccess(ports, `${name}-store`, secrets),
      intakeBucket: buckets.intake,
      resultsBucket: buckets.results,
    },
  };
}

/** Where the certificates of a data folder are. */
export function pkiDir(dataDir: string): string {
  return join(dataDir, 'pki');
}
