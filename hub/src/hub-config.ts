import {
  databaseSettings,
  integer,
  kafkaSettings,
  kafkaTlsProblems,
  optionalText,
  port,
  processSettings,
  readConfig,
  secret,
  type ConfigOf,
} from '@hilum/runtime';

/** A site can send again what it published in the last 30 days, and that must not be taken for expired. */
const LEAST_DAYS = 31;
const MOST_DAYS = 36_500;

const settings = {
  ...processSettings,
  ...kafkaSettings,
  ...databaseSettings,
  hubPort: port('HILUM_HUB_PORT'),
  hospitalItToken: secret('HILUM_HUB_HOSPITAL_IT_TOKEN'),
  dataScienceToken: secret('HILUM_HUB_DATA_SCIENCE_TOKEN'),
  complianceToken: secret('HILUM_HUB_COMPLIANCE_TOKEN'),
  /** a folder of release.json files; without it models have no reference to be compared with */
  releasesDir: optionalText('HILUM_HUB_RELEASES_DIR'),
  resultsDays: integer('HILUM_HUB_RESULTS_DAYS', { min: LEAST_DAYS, max: MOST_DAYS, fallback: 400 }),
  feedbackDays: integer('HILUM_HUB_FEEDBACK_DAYS', { min: LEAST_DAYS, max: MOST_DAYS, fallback: 400 }),
  auditDays: integer('HILUM_HUB_AUDIT_DAYS', { min: LEAST_DAYS, max: MOST_DAYS, fallback: 2_192 }),
  heartbeatsDays: integer('HILUM_HUB_HEARTBEATS_DAYS', { min: 1, max: MOST_DAYS, fallback: 14 }),
  quarantineDays: integer('HILUM_HUB_QUARANTINE_DAYS', { min: LEAST_DAYS, max: MOST_DAYS, fallback: 400 }),
};

export type HubConfig = ConfigOf<typeof settings>;

/** @throws ConfigError with every problem found */
export function readHubConfig(env: NodeJS.ProcessEnv): HubConfig {
  return readConfig(settings, env, (config) => [...kafkaTlsProblems(config), ...retentionProblems(config)]);
}

/** What was done with results must be on record for as long as they are. */
function retentionProblems({ resultsDays, auditDays }: Partial<HubConfig>): string[] {
  if (resultsDays === undefined || auditDays === undefined || auditDays >= resultsDays) return [];
  return [`HILUM_HUB_AUDIT_DAYS: must be at least HILUM_HUB_RESULTS_DAYS, which is ${resultsDays}`];
}
