import { HUB_BOUND_TOPICS } from '@hilum/contracts';
import { join } from 'node:path';
import { writeFileAtomically } from '../fleet/atomic-file.js';
import type { IdentityFiles } from '../pki/pki.js';
import type { Launch } from '../supervisor/process-spec.js';
import { classPath, javaOptions, propertiesText } from './java-options.js';

/** 128 MiB runs out of memory while MirrorMaker looks for its plug-ins. */
const HEAP_MB = 192;

export interface MirrorOptions {
  /** The mirror's own folder. */
  dir: string;
  jars: string;
  site: string;
  siteBroker: string;
  hubBroker: string;
  /** The site's own certificate at the hub. */
  identity: IdentityFiles;
}

/** What MirrorMaker says, at level info, once its task reads and writes. */
export const mirrorReadyLine = /MirrorSourceConnector.*task finished initialization and start/i;

/**
 * What MirrorMaker says when its task has failed: for example when the hub's broker was away for longer than Connect
 * waits while it fences an earlier task. It then goes on running and mirrors nothing, until it is started again.
 */
export const mirrorFailureLine = /WorkerTask.*Task threw an uncaught and unrecoverable exception/;

/** Writes the mirror's properties and says how to start it. */
export function launchMirror(options: MirrorOptions, env: Record<string, string>): Launch {
  const propertiesFile = join(options.dir, 'mirror.properties');
  writeFileAtomically(propertiesFile, propertiesText(mirrorProperties(options)));
  return {
    file: 'java',
    args: [
      ...javaOptions(HEAP_MB),
      '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.connect.runtime.AbstractWorkerSourceTask=info',
      '-cp',
      classPath(options.jars),
      'org.apache.kafka.connect.mirror.MirrorMaker',
      propertiesFile,
    ],
    env,
    cwd: options.dir,
  };
}

/**
 * One site's mirror: pushes the topics of the allow-list to the hub, exactly once, and nothing the other way.
 * Settings of the Connect worker inside must carry the prefix of the cluster written to: without `hub.` they are
 * silently ignored.
 */
export function mirrorProperties({
  site,
  siteBroker,
  hubBroker,
  identity,
}: Pick<MirrorOptions, 'site' | 'siteBroker' | 'hubBroker' | 'identity'>): Record<string, string | number | boolean> {
  return {
    clusters: `hub,${site}`,
    [`${site}.bootstrap.servers`]: siteBroker,
    'hub.bootstrap.servers': hubBroker,
    'hub.security.protocol': 'SSL',
    'hub.ssl.keystore.type': 'PEM',
    'hub.ssl.keystore.location': identity.keyStore,
    'hub.ssl.truststore.type': 'PEM',
    'hub.ssl.truststore.location': identity.ca,

    [`${site}->hub.enabled`]: true,
    [`hub->${site}.enabled`]: false,
    [`${site}->hub.topics`]: HUB_BOUND_TOPICS.join(','),
    [`${site}->hub.sync.topic.configs.enabled`]: false,
    [`${site}->hub.sync.topic.acls.enabled`]: false,
    [`${site}->hub.sync.group.offsets.enabled`]: false,
    // At top level this also keeps MirrorMaker from running the other, idle direction for the sake of its heartbeats.
    'emit.heartbeats.enabled': false,
    // Nobody fails over to the hub, so no consumer positions are carried over: a checkpoint connector without groups
    // runs no task. (Switched off altogether, it is started all the same and logs an error each time.)
    [`${site}->hub.groups`]: 'none',
    'offset-syncs.topic.location': 'source',
    'refresh.topics.interval.seconds': 60,
    'refresh.groups.enabled': false,

    'hub.exactly.once.source.support': 'enabled',
    'hub.offset.flush.interval.ms': 2_000,
    'hub.plugin.discovery': 'service_load',
    'plugin.discovery': 'service_load',
    // A site is often away: come back within seconds of the hub, not minutes.
    'hub.reconnect.backoff.max.ms': 2_000,
    'hub.scheduled.rebalance.max.delay.ms': 0,

    'tasks.max': 1,
    'replication.factor': 1,
    'checkpoints.topic.replication.factor': 1,
    'heartbeats.topic.replication.factor': 1,
    'offset-syncs.topic.replication.factor': 1,
    'hub.config.storage.replication.factor': 1,
    'hub.offset.storage.replication.factor': 1,
    'hub.status.storage.replication.factor': 1,
    'hub.offset.storage.partitions': 1,
    'hub.status.storage.partitions': 1,
  };
}
