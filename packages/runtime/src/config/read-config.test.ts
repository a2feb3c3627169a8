import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './read-config.js';
import { choice, integer, kafkaSettings, port, secret, siteSettings, storeSettings, text } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'hilum-config-'));
afterEach(() => rmSync(join(folder, 'secret'), { force: true }));

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('readConfig', () => {
  it('reads values with their types and fills defaults', () => {
    const settings = {
      port: port('HILUM_EDGE_PORT'),
      precision: choice('HILUM_EDGE_HUB_TIME_PRECISION', ['exact', 'hour', 'day'], 'exact'),
      region: text('HILUM_S3_REGION', 'us-east-1'),
      brokers: kafkaSettings.kafkaBrokers,
    };
    const env = { HILUM_EDGE_PORT: '8080', HILUM_KAFKA_BROKERS: '127.0.0.1:9092,127.0.0.1:9093' };
    expect(readConfig(settings, env)).toEqual({
      port: 8080,
      precision: 'exact',
      region: 'us-east-1',
      brokers: ['127.0.0.1:9092', '127.0.0.1:9093'],
    });
  });

  it('reports every problem together, naming the variable and the fix', () => {
    const settings = {
      port: port('HILUM_EDGE_PORT'),
      retries: integer('HILUM_DISPATCHER_RETRIES', { min: 0, max: 20, fallback: 5 }),
      endpoint: storeSettings.s3Endpoint,
      site: siteSettings.siteName,
    };
    const env = { HILUM_EDGE_PORT: '80a', HILUM_DISPATCHER_RETRIES: '-1', HILUM_SITE_NAME: 'St. Agnes' };
    expect(problemsOf(() => readConfig(settings, env))).toEqual([
      'HILUM_EDGE_PORT: must be a whole number from 1 to 65535',
      'HILUM_DISPATCHER_RETRIES: must be a whole number from 0 to 20',
      'HILUM_S3_ENDPOINT: is required',
      'HILUM_SITE_NAME: must be 1 to 40 lower-case letters, digits or inner hyphens, such as st-agnes',
    ]);
  });

  it('reports what a check of its own finds together with the rest', () => {
    const settings = { a: text('HILUM_A', 'a'), port: port('HILUM_EDGE_PORT') };
    const check = ({ a, port: number }: { a?: string; port?: number }): string[] => [`a ${a}, port ${number}`];
    expect(problemsOf(() => readConfig(settings, {}, check))).toEqual([
      'HILUM_EDGE_PORT: is required',
      'a a, port undefined',
    ]);
  });

  it('takes a secret from the file that _FILE names, without its line end', () => {
    writeFileSync(join(folder, 'secret'), 'a-secret\n');
    const env = { HILUM_S3_SECRET_ACCESS_KEY_FILE: join(folder, 'secret') };
    expect(readConfig({ key: secret('HILUM_S3_SECRET_ACCESS_KEY') }, env)).toEqual({ key: 'a-secret' });
  });

  it('refuses a variable together with its _FILE, and a file that is not there', () => {
    const settings = { a: secret('HILUM_A'), b: secret('HILUM_B') };
    const env = { HILUM_A: 'x', HILUM_A_FILE: join(folder, 'secret'), HILUM_B_FILE: join(folder, 'missing') };
    expect(problemsOf(() => readConfig(settings, env))).toEqual([
      'HILUM_A: give either HILUM_A or HILUM_A_FILE, not both',
      'HILUM_B_FILE: the file cannot be read (ENOENT)',
    ]);
  });

  it('never shows a value, however wrong it is', () => {
    const settings = { key: siteSettings.siteKey, port: port('HILUM_EDGE_PORT') };
    const env = { HILUM_SITE_KEY: 'planted-secret-1', HILUM_EDGE_PORT: 'planted-secret-2' };
    expect(problemsOf(() => readConfig(settings, env)).join('\n')).not.toContain('planted');
  });

  it('treats an empty variable as not given', () => {
    expect(problemsOf(() => readConfig({ key: secret('HILUM_KEY') }, { HILUM_KEY: '' }))).toEqual([
      'HILUM_KEY: is required',
    ]);
  });
});
