import { join } from 'node:path';
import { ensureAccessRules, hubPrincipals, siteAccessRules } from '../kafka/access-rules.js';
import { ensureTopics, withAdmin } from '../kafka/kafka-admin.js';
import { forgetOffsetsOfOtherLog } from '../kafka/mirror-offsets.js';
import { launchMirror, mirrorFailureLine, mirrorReadyLine } from '../kafka/mirror.js';
import { hubTopicPlan, siteTopicPlan } from '../kafka/topic-plan.js';
import { repositoryDir } from '../parts/paths.js';
import type { ProcessSpec } from '../supervisor/process-spec.js';
import { address, buckets, hubWanAddress, siteSecrets, siteState } from './fleet-access.js';
import { baseEnvironment, needed, type FleetContext } from './fleet-context.js';
import { brokerSpec, postgresSpec, storeSpec } from './server-specs.js';
import {
  INFERENCE_ENTRY,
  INFERENCE_RUNTIME,
  secretFile,
  serviceSpec,
  type ServiceSpecOptions,
} from './service-spec.js';

/** One hospital: broker, store, database, the mirror to the hub, and Hilum's services. */
export function siteProcesses(context: FleetContext, site: string): ProcessSpec[] {
  const secrets = siteSecrets(context.dataDir, site);
  const owner = join('sites', site);
  const [kafka, store, postgres, mirror] = [`${site}-kafka`, `${site}-store`, `${site}-postgres`, `${site}-mirror`];
  const servers = [
    brokerSpec(context, { name: kafka, owner, provision: (admin) => ensureTopics(admin, siteTopicPlan()) }),
    storeSpec(context, {
      name: store,
      owner,
      secrets,
      buckets: [buckets.intake, buckets.results],
      eventsTo: kafka,
    }),
    postgresSpec(context, { name: postgres, owner, secrets }),
    mirrorSpec(context, { name: mirror, site, owner, siteBroker: kafka }),
  ];
  if (!context.services) return servers;

  const commonEnvironment = (): Record<string, string> => {
    const { s3, kafka: broker } = siteState(context.dataDir, context.ports, site);
    return {
      HILUM_SITE_NAME: site,
      HILUM_KAFKA_BROKERS: broker,
      HILUM_S3_INTAKE_BUCKET: s3.intakeBucket,
      // VersityGW writes keys into notifications as they are.
      HILUM_S3_KEY_ENCODING: 'raw',
    };
  };
  /** For those that read images and make pseudonyms; the dispatcher does neither. */
  const trustedEnvironment = (): Record<string, string> => {
    const { s3 } = siteState(context.dataDir, context.ports, site);
    return {
      ...commonEnvironment(),
      HILUM_SITE_KEY_FILE: secrets.siteKey.file,
      HILUM_S3_ENDPOINT: s3.endpoint,
      HILUM_S3_REGION: s3.region,
      HILUM_S3_ACCESS_KEY_ID: s3.accessKeyId,
      HILUM_S3_SECRET_ACCESS_KEY_FILE: secrets.storeSecretAccessKey.file,
      HILUM_S3_RESULTS_BUCKET: s3.resultsBucket,
    };
  };
  const inferenceUrl = `http://${address(context.ports, `${site}-inference`)}`;
  const services: ServiceSpecOptions[] = [
    {
      name: `${site}-inference`,
      kind: 'inference',
      entry: INFERENCE_ENTRY,
      dependsOn: [kafka, store],
      defaults: { ...INFERENCE_RUNTIME, HILUM_INFERENCE_RELEASE_DIR: join(repositoryDir, 'inference/release') },
      // The model's runtime must not call home.
      environment: () => ({ ...trustedEnvironment(), ORT_DISABLE_TELEMETRY: '1' }),
    },
    {
      name: `${site}-edge`,
      kind: 'edge',
      entry: 'edge/dist/edge-process.js',
      dependsOn: [kafka, store, postgres],
      environment: () => ({
        ...trustedEnvironment(),
        HILUM_DATABASE_URL_FILE: secretFile(
          context,
          owner,
          'database-url',
          siteState(context.dataDir, context.ports, site).databaseUrl,
        ),
        HILUM_EDGE_STAFF_TOKEN_FILE: secrets.staff.file,
        HILUM_EDGE_HOSPITAL_IT_TOKEN_FILE: secrets.hospitalIt.file,
        HILUM_EDGE_INFERENCE_URL: inferenceUrl,
      }),
    },
    {
      name: `${site}-dispatcher`,
      kind: 'dispatcher',
      entry: 'edge/dist/dispatcher-process.js',
      dependsOn: [kafka, `${site}-inference`],
      environment: () => ({ ...commonEnvironment(), HILUM_DISPATCHER_SINK_URL: inferenceUrl }),
    },
  ];
  return [...servers, ...services.map((service) => serviceSpec(context, service))];
}

function mirrorSpec(
  context: FleetContext,
  { name, site, owner, siteBroker }: { name: string; site: string; owner: string; siteBroker: string },
): ProcessSpec {
  const dir = join(context.dataDir, owner, 'mirror');
  return {
    name,
    dependsOn: [siteBroker, 'hub-kafka'],
    launch: async () => {
      const admin = await context.pki.client(hubPrincipals.admin);
      await withAdmin(address(context.ports, 'hub-kafka'), admin, async (connection) => {
        await ensureAccessRules(connection, siteAccessRules(site));
        await ensureTopics(connection, hubTopicPlan(site));
        const recordFile = join(dir, 'read-log');
        await withAdmin(address(context.ports, siteBroker), null, (own) =>
          forgetOffsetsOfOtherLog(connection, own, { site, recordFile }),
        );
      });
      return launchMirror(
        {
          dir,
          jars: await needed(context.parts.kafkaJars),
          site,
          siteBroker: address(context.ports, siteBroker),
          hubBroker: hubWanAddress(context.ports, context.env),
          identity: await context.pki.client(site),
        },
        baseEnvironment(context.env),
      );
    },
    ready: { kind: 'line', pattern: mirrorReadyLine },
    failureLine: mirrorFailureLine,
    readyTimeoutMs: 120_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 15_000,
  };
}
