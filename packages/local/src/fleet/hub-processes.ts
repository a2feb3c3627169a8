import { join } from 'node:path';
import { ensureAccessRules, hubPrincipals, hubServiceAccessRules } from '../kafka/access-rules.js';
import { repositoryDir } from '../parts/paths.js';
import type { ProcessSpec } from '../supervisor/process-spec.js';
import { buckets, hostOf, hubSecrets, hubState, hubWanAddress } from './fleet-access.js';
import type { FleetContext } from './fleet-context.js';
import { brokerSpec, postgresSpec, storeSpec } from './server-specs.js';
import type { Secret } from './secrets.js';
import { secretFile, serviceSpec } from './service-spec.js';

/** The hub: broker, store, database and the hub service. */
export function hubProcesses(context: FleetContext): ProcessSpec[] {
  const secrets = hubSecrets(context.dataDir);
  const owner = 'hub';
  const wanAddress = hubWanAddress(context.ports, context.env);
  const servers = [
    brokerSpec(context, {
      name: 'hub-kafka',
      owner,
      wanAddress,
      tls: async () => ({
        // Kafka's clients refuse a broker whose certificate does not name the host they were told.
        server: await context.pki.server(hubPrincipals.broker, [hostOf(wanAddress)]),
        admin: await context.pki.client(hubPrincipals.admin),
        superUsers: [hubPrincipals.broker, hubPrincipals.admin],
      }),
      provision: async (admin) => {
        await ensureAccessRules(admin, hubServiceAccessRules());
        // Also without our own services: whoever runs the hub service by hand needs its certificate.
        await context.pki.client(hubPrincipals.service);
      },
    }),
    storeSpec(context, { name: 'hub-store', owner, secrets, buckets: [buckets.hubAudit] }),
    postgresSpec(context, { name: 'hub-postgres', owner, secrets }),
  ];
  if (!context.services) return servers;
  const hub = serviceSpec(context, {
    name: 'hub',
    kind: 'hub',
    entry: 'hub/dist/hub-process.js',
    dependsOn: ['hub-kafka', 'hub-store', 'hub-postgres'],
    // what the sites score with, so that their results have the reference they are compared with
    defaults: {
      HILUM_HUB_RELEASES_DIR: context.env['HILUM_INFERENCE_RELEASE_DIR'] ?? join(repositoryDir, 'inference/release'),
    },
    environment: async () => {
      const { kafka, databaseUrl, s3 } = hubState(context.dataDir, context.ports, context.env);
      const identity = await context.pki.client(hubPrincipals.service);
      return {
        HILUM_KAFKA_BROKERS: kafka,
        HILUM_KAFKA_TLS_CA_FILE: identity.ca,
        HILUM_KAFKA_TLS_CERT_FILE: identity.cert,
        HILUM_KAFKA_TLS_KEY_FILE: identity.key,
        HILUM_DATABASE_URL_FILE: secretFile(context, owner, 'database-url', databaseUrl),
        HILUM_S3_ENDPOINT: s3.endpoint,
        HILUM_S3_REGION: s3.region,
        HILUM_S3_ACCESS_KEY_ID: s3.accessKeyId,
        HILUM_S3_SECRET_ACCESS_KEY_FILE: secrets.storeSecretAccessKey.file,
        HILUM_S3_AUDIT_BUCKET: s3.auditBucket,
        HILUM_HUB_AUDIT_KEY_FILE: secrets.auditKey.file,
        HILUM_HUB_HOSPITAL_IT_TOKEN_FILE: secrets.hospitalIt.file,
        HILUM_HUB_DATA_SCIENCE_TOKEN_FILE: secrets.dataScience.file,
        HILUM_HUB_COMPLIANCE_TOKEN_FILE: secrets.compliance.file,
        ...fleetEnvironment(context, secrets.fleet),
      };
    },
  });
  return [...servers, hub];
}

/** The supervisor tells of the fleet, unless the user has something else for that. */
function fleetEnvironment({ complianceUrl, env }: FleetContext, { file }: Secret): Record<string, string> {
  const url = complianceUrl();
  if (url === null || (env['HILUM_HUB_FLEET'] ?? '') !== '') return {};
  return { HILUM_HUB_FLEET: 'local', HILUM_HUB_FLEET_URL: url, HILUM_HUB_FLEET_TOKEN_FILE: file };
}
