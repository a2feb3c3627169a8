import { KEY_ENCODINGS, parseSiteKey, siteName, type SiteKey } from '@hilum/contracts';
import { z } from 'zod';
import type { Setting } from './read-config.js';

type TextSchema<Value> = z.ZodType<Value, string | undefined>;

function setting<Value>(env: string, schema: TextSchema<Value>, secret = false): Setting<Value> {
  return { env, schema, secret };
}

export function text(env: string, fallback?: string): Setting<string> {
  return setting(env, fallback === undefined ? z.string() : z.string().default(fallback));
}

export function optionalText(env: string): Setting<string | undefined> {
  return setting(env, z.string().optional());
}

export function secret(env: string): Setting<string> {
  return setting(env, z.string(), true);
}

export function optionalSecret(env: string): Setting<string | undefined> {
  return setting(env, z.string().optional(), true);
}

export function choice<const Values extends readonly [string, ...string[]]>(
  env: string,
  values: Values,
  fallback: Values[number],
): Setting<Values[number]> {
  const schema = z.enum(values, `must be one of ${values.join(', ')}`).default(fallback);
  return setting(env, schema as unknown as TextSchema<Values[number]>);
}

/** A whole number within bounds; the unit belongs into the variable's name. */
export function integer(env: string, bounds: { min: number; max: number; fallback?: number }): Setting<number> {
  const { min, max, fallback } = bounds;
  const number = z
    .string()
    .regex(/^-?\d{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);
  return setting(env, fallback === undefined ? number : number.default(fallback));
}

export function port(env: string): Setting<number> {
  return integer(env, { min: 1, max: 65535 });
}

export function httpUrl(env: string): Setting<string> {
  return setting(env, z.url({ protocol: /^https?$/, error: 'must be an http or https address' }));
}

export function optionalHttpUrl(env: string): Setting<string | undefined> {
  return setting(env, z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional());
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** What every process reads. */
export const processSettings = {
  logLevel: choice('HILUM_LOG_LEVEL', LOG_LEVELS, 'info'),
  httpHost: text('HILUM_HTTP_HOST', '127.0.0.1'),
};

export const kafkaSettings = {
  kafkaBrokers: setting<string[]>(
    'HILUM_KAFKA_BROKERS',
    z
      .string()
      .regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/, 'must be host:port, several with commas between')
      .transform((value) => value.split(',')),
  ),
  kafkaTlsCaFile: optionalText('HILUM_KAFKA_TLS_CA_FILE'),
  kafkaTlsCertFile: optionalText('HILUM_KAFKA_TLS_CERT_FILE'),
  kafkaTlsKeyFile: optionalText('HILUM_KAFKA_TLS_KEY_FILE'),
};

export const databaseSettings = {
  databaseUrl: setting(
    'HILUM_DATABASE_URL',
    z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// address' }),
    true,
  ),
};

/** How an S3 store is reached. */
export const storeAccessSettings = {
  s3Endpoint: httpUrl('HILUM_S3_ENDPOINT'),
  s3Region: text('HILUM_S3_REGION', 'us-east-1'),
  s3AccessKeyId: text('HILUM_S3_ACCESS_KEY_ID'),
  s3SecretAccessKey: secret('HILUM_S3_SECRET_ACCESS_KEY'),
};

/** A site's store and its buckets. */
export const storeSettings = {
  ...storeAccessSettings,
  intakeBucket: text('HILUM_S3_INTAKE_BUCKET', 'xray-intake'),
  resultsBucket: text('HILUM_S3_RESULTS_BUCKET', 'xray-results'),
  keyEncoding: choice('HILUM_S3_KEY_ENCODING', KEY_ENCODINGS, 'raw'),
};

/** What makes a process one of a certain hospital. */
export const siteSettings = {
  siteName: setting('HILUM_SITE_NAME', siteName as unknown as TextSchema<string>),
  siteKey: setting<SiteKey>(
    'HILUM_SITE_KEY',
    z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits')
      .transform((hex) => parseSiteKey(hex)),
    true,
  ),
};
