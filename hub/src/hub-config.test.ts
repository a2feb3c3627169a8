import { describe, expect, it } from 'vitest';
import { readHubConfig } from './hub-config.js';

const env = {
  HILUM_HUB_PORT: '8080',
  HILUM_KAFKA_BROKERS: '127.0.0.1:9092',
  HILUM_DATABASE_URL: 'postgres://hilum@127.0.0.1/hilum',
  HILUM_HUB_HOSPITAL_IT_TOKEN: 'a',
  HILUM_HUB_DATA_SCIENCE_TOKEN: 'b',
  HILUM_HUB_COMPLIANCE_TOKEN: 'c',
};

describe('the days of retention', () => {
  it('have defaults that keep audit longest', () => {
    expect(readHubConfig(env)).toMatchObject({
      resultsDays: 400,
      feedbackDays: 400,
      auditDays: 2_192,
      heartbeatsDays: 14,
      quarantineDays: 400,
    });
  });

  it.each([
    [{ HILUM_HUB_RESULTS_DAYS: '30' }, 'HILUM_HUB_RESULTS_DAYS: must be a whole number from 31 to 36500'],
    [{ HILUM_HUB_HEARTBEATS_DAYS: '0' }, 'HILUM_HUB_HEARTBEATS_DAYS: must be a whole number from 1 to 36500'],
    [
      { HILUM_HUB_RESULTS_DAYS: '3000' },
      'HILUM_HUB_AUDIT_DAYS: must be at least HILUM_HUB_RESULTS_DAYS, which is 3000',
    ],
  ])('are refused when they are %j, naming the variable and the fix', (change, problem) => {
    expect(() => readHubConfig({ ...env, ...change })).toThrow(problem);
  });
});
