import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeFileAtomically } from '../fleet/atomic-file.js';
import { runTool } from '../parts/run-tool.js';
import type { IdentityFiles } from '../pki/pki.js';
import type { Launch } from '../supervisor/process-spec.js';
import { classPath, javaOptions, propertiesText } from './java-options.js';

const HEAP_MB = 128;

/** Of the one node that is broker and controller; its folder belongs to a node of this id. */
export const NODE_ID = 1;

export interface BrokerOptions {
  /** The broker's own folder: properties and data. */
  dir: string;
  jars: string;
  port: number;
  controllerPort: number;
  /** A listener of its own for those who come over the WAN; it demands the same certificates as the other. */
  wan?: WanListener;
  /** Mutual TLS with access rules when given; otherwise plain text, for loopback inside one hospital. */
  tls?: { identity: IdentityFiles; superUsers: readonly string[] };
}

export interface WanListener {
  port: number;
  /** host:port that clients are told to come back to: the gateway's where one stands in front of the broker */
  advertised: string;
}

/** Writes the broker's properties, formats its folder on first use, and says how to start it. */
export async function launchBroker(
  options: BrokerOptions,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<Launch> {
  const { dir, jars } = options;
  const dataDir = join(dir, 'data');
  const propertiesFile = join(dir, 'server.properties');
  writeFileAtomically(propertiesFile, propertiesText(brokerProperties(options, dataDir)));
  if (!existsSync(dataDir)) {
    // Formatted aside and renamed: a folder that is there is whole.
    const draftDir = join(dir, 'data.draft');
    const draftFile = join(dir, 'format.properties');
    await rm(draftDir, { recursive: true, force: true });
    await mkdir(draftDir, { recursive: true, mode: 0o700 });
    writeFileAtomically(draftFile, propertiesText(brokerProperties(options, draftDir)));
    const clusterId = randomBytes(16).toString('base64url');
    await runTool({
      command: 'java',
      args: [
        ...javaOptions(HEAP_MB),
        '-cp',
        classPath(jars),
        'kafka.tools.StorageTool',
        'format',
        '-t',
        clusterId,
        '-c',
        draftFile,
      ],
      cwd: dir,
      signal,
    });
    await rename(draftDir, dataDir);
    await rm(draftFile);
  }
  return {
    file: 'java',
    args: [...javaOptions(HEAP_MB), '-cp', classPath(jars), 'kafka.Kafka', propertiesFile],
    env,
    cwd: dir,
  };
}

/** The broker's settings: one node that is broker and controller, made small for a single machine. */
export function brokerProperties(
  { port, controllerPort, wan, tls }: Pick<BrokerOptions, 'port' | 'controllerPort' | 'wan' | 'tls'>,
  dataDir: string,
): Record<string, string | number | boolean> {
  const listener = tls === undefined ? 'PLAINTEXT' : 'MTLS';
  const local = `${listener}://127.0.0.1:${port}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': NODE_ID,
    'controller.quorum.voters': `${NODE_ID}@127.0.0.1:${controllerPort}`,
    listeners: [
      local,
      ...(wan === undefined ? [] : [`WAN://127.0.0.1:${wan.port}`]),
      `CONTROLLER://127.0.0.1:${controllerPort}`,
    ].join(','),
    'advertised.listeners': [local, ...(wan === undefined ? [] : [`WAN://${wan.advertised}`])].join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': listener,
    'listener.security.protocol.map':
      tls === undefined ? 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT' : 'CONTROLLER:SSL,MTLS:SSL,WAN:SSL',
    'log.dirs': dataDir,

    'num.partitions': 1,
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'auto.create.topics.enable': false,
    'group.initial.rebalance.delay.ms': 0,
    // A single broker that was killed registers again only when its old session is over: 9 s by default.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,

    'num.network.threads': 1,
    'num.io.threads': 2,
    'num.replica.fetchers': 1,
    'background.threads': 1,
    'num.recovery.threads.per.data.dir': 1,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'log.cleaner.io.buffer.size': 131_072,
    'log.index.size.max.bytes': 1_048_576,
    'log.segment.bytes': 67_108_864,
    'log.retention.hours': 168,
    ...(tls === undefined ? {} : tlsProperties(tls)),
  };
}

function tlsProperties({ identity, superUsers }: NonNullable<BrokerOptions['tls']>): Record<string, string | boolean> {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': identity.keyStore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': identity.ca,
    'ssl.client.auth': 'required',
    'ssl.enabled.protocols': 'TLSv1.3',
    // The principal is the certificate's common name: what the access rules speak of.
    'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': superUsers.map((name) => `User:${name}`).join(';'),
    'allow.everyone.if.no.acl.found': false,
  };
}
