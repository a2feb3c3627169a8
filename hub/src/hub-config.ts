import {
  databaseSettings,
  kafkaSettings,
  kafkaTlsProblems,
  optionalText,
  port,
  processSettings,
  readConfig,
  secret,
  type ConfigOf,
} from '@hilum/runtime';

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
};

export type HubConfig = ConfigOf<typeof settings>;

/** @throws ConfigError with every problem found */
export function readHubConfig(env: NodeJS.ProcessEnv): HubConfig {
  return readConfig(settings, env, kafkaTlsProblems);
}
