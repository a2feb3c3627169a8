import { join } from 'node:path';
import { timeLimited } from '@hilum/runtime';
import { isBrokerReady, withAdmin } from '../kafka/kafka-admin.js';
import { launchBroker, type BrokerOptions } from '../kafka/broker.js';
import type { Admin } from 'kafkajs';
import type { Parts } from '../parts/parts.js';
import type { IdentityFiles } from '../pki/pki.js';
import { ensureDatabase, isPostgresReady, launchPostgres, type PostgresOptions } from '../postgres/postgres-server.js';
import { ensureBuckets, launchStore } from '../store/object-store.js';
import type { ProcessSpec } from '../supervisor/process-spec.js';
import { address, portOf, type OwnerSecrets } from './fleet-access.js';
import { baseEnvironment, needed, type FleetContext } from './fleet-context.js';

/** Where an owner (`hub` or `sites/<name>`) keeps the data of a server. */
function serverDir(context: Pick<FleetContext, 'dataDir'>, owner: string, server: string): string {
  return join(context.dataDir, owner, server);
}

export interface BrokerSpecOptions {
  name: string;
  owner: string;
  /** host:port that clients from the WAN are told, where there are any */
  wanAddress?: string;
  tls?: () => Promise<{ server: IdentityFiles; admin: IdentityFiles; superUsers: readonly string[] }>;
  provision: (admin: Admin) => Promise<void>;
}

export function brokerSpec(context: FleetContext, spec: BrokerSpecOptions): ProcessSpec {
  const { name, owner, wanAddress, tls, provision } = spec;
  const broker = address(context.ports, name);
  const adminIdentity = async (): Promise<IdentityFiles | null> => (await tls?.())?.admin ?? null;
  return {
    name,
    dependsOn: [],
    launch: async (signal) => {
      const identities = await tls?.();
      const options: BrokerOptions = {
        dir: serverDir(context, owner, 'kafka'),
        jars: await needed(context.parts.kafkaJars),
        port: portOf(context.ports, name),
        controllerPort: portOf(context.ports, `${name}-controller`),
        ...(wanAddress === undefined
          ? {}
          : { wan: { port: portOf(context.ports, `${name}-wan`), advertised: wanAddress } }),
        ...(identities === undefined
          ? {}
          : { tls: { identity: identities.server, superUsers: identities.superUsers } }),
      };
      return launchBroker(options, baseEnvironment(context.env), signal);
    },
    ready: { kind: 'probe', probe: async () => isBrokerReady(broker, await adminIdentity()) },
    provision: async () => withAdmin(broker, await adminIdentity(), provision),
    readyTimeoutMs: 90_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 15_000,
  };
}

export interface StoreSpecOptions {
  name: string;
  owner: string;
  secrets: OwnerSecrets;
  buckets: readonly string[];
  /** The process name of the broker that is told of new objects. */
  eventsTo?: string;
}

export function storeSpec(context: FleetContext, options: StoreSpecOptions): ProcessSpec {
  const { name, owner, secrets, buckets, eventsTo } = options;
  const access = {
    port: portOf(context.ports, name),
    accessKeyId: secrets.storeAccessKeyId.value,
    secretAccessKey: secrets.storeSecretAccessKey.value,
  };
  return {
    name,
    dependsOn: eventsTo === undefined ? [] : [eventsTo],
    launch: async () =>
      launchStore(
        {
          ...access,
          dir: serverDir(context, owner, 'store'),
          binary: await needed(context.parts.storeBinary),
          ...(eventsTo === undefined ? {} : { eventBroker: address(context.ports, eventsTo) }),
        },
        baseEnvironment(context.env),
      ),
    ready: httpReady(`http://127.0.0.1:${access.port}/healthz`),
    provision: () => ensureBuckets(access, buckets),
    readyTimeoutMs: 60_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
  };
}

export function postgresSpec(
  context: Pick<FleetContext, 'dataDir' | 'ports' | 'env'> & { parts: Pick<Parts, 'postgres'> },
  { name, owner, secrets }: { name: string; owner: string; secrets: OwnerSecrets },
): ProcessSpec {
  const access = {
    port: portOf(context.ports, name),
    superPassword: secrets.postgresSuper,
    servicePassword: secrets.postgresService.value,
  };
  return {
    name,
    dependsOn: [],
    launch: async (signal) => {
      const options: PostgresOptions = {
        ...access,
        dir: serverDir(context, owner, 'postgres'),
        programs: await needed(context.parts.postgres),
      };
      return launchPostgres(options, baseEnvironment(context.env), signal);
    },
    ready: { kind: 'probe', probe: () => isPostgresReady(access) },
    provision: () => ensureDatabase(access),
    readyTimeoutMs: 60_000,
    // "Fast": ends sessions; SIGTERM would wait for every client to go by itself.
    stopSignal: 'SIGINT',
    stopTimeoutMs: 15_000,
  };
}

/** Ready when the address answers 2xx. */
export function httpReady(url: string): ProcessSpec['ready'] {
  return {
    kind: 'probe',
    probe: async (signal) => {
      const response = await fetch(url, { signal: timeLimited(signal, 3_000) });
      await response.arrayBuffer();
      return response.ok;
    },
  };
}
