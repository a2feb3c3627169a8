import {
  databaseSettings,
  integer,
  isLoopback,
  kafkaSettings,
  kafkaTlsProblems,
  optionalHttpUrl,
  optionalSecret,
  optionalText,
  port,
  processSettings,
  readConfig,
  secret,
  storeAccessSettings,
  text,
  type ConfigOf,
  type OidcConfig,
  type RoleMapping,
  type RoleTokens,
} from '@hilum/runtime';
import { HUB_ROLES, type HubRole } from './api/access-rule.js';
import { auditKeyProblems } from './audit/audit-key.js';
import { fleetProblems, fleetSettings } from './fleet-feed/fleet-config.js';

/** A site can send again what it published in the last 30 days, and that must not be taken for expired. */
const LEAST_DAYS = 31;
const MOST_DAYS = 36_500;

/** All that the hub reads from its environment. */
export const hubSettings = {
  ...processSettings,
  ...kafkaSettings,
  ...databaseSettings,
  ...storeAccessSettings,
  auditBucket: text('HILUM_S3_AUDIT_BUCKET', 'hilum-audit'),
  hubPort: port('HILUM_HUB_PORT'),
  requestsPerMinute: integer('HILUM_HUB_REQUESTS_PER_MINUTE', { min: 1, max: 1_000_000, fallback: 6_000 }),
  hospitalItToken: optionalSecret('HILUM_HUB_HOSPITAL_IT_TOKEN'),
  dataScienceToken: optionalSecret('HILUM_HUB_DATA_SCIENCE_TOKEN'),
  complianceToken: optionalSecret('HILUM_HUB_COMPLIANCE_TOKEN'),
  publicUrl: optionalHttpUrl('HILUM_HUB_PUBLIC_URL'),
  key: optionalSecret('HILUM_HUB_KEY'),
  oidcIssuer: optionalHttpUrl('HILUM_HUB_OIDC_ISSUER'),
  oidcClientId: optionalText('HILUM_HUB_OIDC_CLIENT_ID'),
  oidcClientSecret: optionalSecret('HILUM_HUB_OIDC_CLIENT_SECRET'),
  oidcAudience: optionalText('HILUM_HUB_OIDC_AUDIENCE'),
  oidcScope: text('HILUM_HUB_OIDC_SCOPE', 'openid'),
  oidcRoleClaim: text('HILUM_HUB_OIDC_ROLE_CLAIM', 'roles'),
  oidcRoleMap: text('HILUM_HUB_OIDC_ROLE_MAP', HUB_ROLES.map((role) => `${role}=${role}`).join(',')),
  oidcClockSkewSeconds: integer('HILUM_HUB_OIDC_CLOCK_SKEW_SECONDS', { min: 0, max: 300, fallback: 30 }),
  ...fleetSettings,
  /** a folder of release.json files; without it models have no reference to be compared with */
  releasesDir: optionalText('HILUM_HUB_RELEASES_DIR'),
  resultsDays: integer('HILUM_HUB_RESULTS_DAYS', { min: LEAST_DAYS, max: MOST_DAYS, fallback: 400 }),
  feedbackDays: integer('HILUM_HUB_FEEDBACK_DAYS', { min: LEAST_DAYS, max: MOST_DAYS, fallback: 400 }),
  auditDays: integer('HILUM_HUB_AUDIT_DAYS', { min: LEAST_DAYS, max: MOST_DAYS, fallback: 2_192 }),
  complianceDays: integer('HILUM_HUB_COMPLIANCE_DAYS', { min: LEAST_DAYS, max: MOST_DAYS, fallback: 2_192 }),
  heartbeatsDays: integer('HILUM_HUB_HEARTBEATS_DAYS', { min: 1, max: MOST_DAYS, fallback: 14 }),
  /** PEM, Ed25519: signs the end of the audit, its anchors and evidence packs */
  auditKey: secret('HILUM_HUB_AUDIT_KEY'),
  /** PEM, public keys of before: anchors signed with them go on counting */
  auditEarlierKeys: text('HILUM_HUB_AUDIT_EARLIER_KEYS', ''),
  quarantineDays: integer('HILUM_HUB_QUARANTINE_DAYS', { min: LEAST_DAYS, max: MOST_DAYS, fallback: 400 }),
};

type Settings = ConfigOf<typeof hubSettings>;

/** How people and programs sign in: by generated tokens, at an identity provider, or either. */
export type HubConfig = Settings & { tokens: RoleTokens<HubRole>; oidc: OidcConfig<HubRole> | null };

const TOKENS = {
  hospitalItToken: 'HILUM_HUB_HOSPITAL_IT_TOKEN',
  dataScienceToken: 'HILUM_HUB_DATA_SCIENCE_TOKEN',
  complianceToken: 'HILUM_HUB_COMPLIANCE_TOKEN',
} as const;
const NEEDED_WITH_OIDC = {
  oidcClientId: 'HILUM_HUB_OIDC_CLIENT_ID',
  oidcAudience: 'HILUM_HUB_OIDC_AUDIENCE',
  publicUrl: 'HILUM_HUB_PUBLIC_URL',
  key: 'HILUM_HUB_KEY',
} as const;
const OF_NO_USE_WITHOUT_OIDC = {
  oidcClientId: NEEDED_WITH_OIDC.oidcClientId,
  oidcClientSecret: 'HILUM_HUB_OIDC_CLIENT_SECRET',
  oidcAudience: NEEDED_WITH_OIDC.oidcAudience,
} as const;
const KEY = /^[0-9a-fA-F]{64}$/;

/** @throws ConfigError with every problem found */
export function readHubConfig(env: NodeJS.ProcessEnv): HubConfig {
  // one that cannot be read is reported as such, and not as missing too
  const isGiven = (name: string): boolean => [env[name], env[`${name}_FILE`]].some((value) => (value ?? '') !== '');
  const config = readConfig(hubSettings, env, (read) => [
    ...kafkaTlsProblems(read),
    ...signInProblems(read, isGiven),
    ...fleetProblems(read, isGiven, env),
    ...retentionProblems(read),
    ...auditKeyProblems(read),
  ]);
  const { hospitalItToken, dataScienceToken, complianceToken } = config;
  const tokens: Record<HubRole, string | undefined> = {
    'hospital-it': hospitalItToken,
    'data-science': dataScienceToken,
    compliance: complianceToken,
  };
  return { ...config, tokens: tokens as RoleTokens<HubRole>, oidc: oidcOf(config) };
}

function oidcOf(config: Settings): OidcConfig<HubRole> | null {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcAudience: audience, publicUrl, key } = config;
  if (issuer === undefined) return null;
  if (clientId === undefined || audience === undefined || publicUrl === undefined || key === undefined) return null;
  return {
    issuer,
    clientId,
    clientSecret: config.oidcClientSecret,
    audience,
    scope: config.oidcScope,
    roleClaim: config.oidcRoleClaim,
    roleMap: roleMapOf(config.oidcRoleMap) ?? [],
    clockSkewSeconds: config.oidcClockSkewSeconds,
    publicUrl,
    key: Buffer.from(key, 'hex'),
  };
}

function signInProblems(config: Partial<Settings>, isGiven: (name: string) => boolean): string[] {
  const issuer = 'HILUM_HUB_OIDC_ISSUER';
  const problems: string[] = [];
  if (!isGiven(issuer)) {
    for (const name of Object.values(TOKENS))
      if (!isGiven(name)) problems.push(`${name}: is required, or ${issuer} for sign-in at an identity provider`);
    for (const name of Object.values(OF_NO_USE_WITHOUT_OIDC))
      if (isGiven(name)) problems.push(`${name}: is of no use without ${issuer}: give both or neither`);
    return problems;
  }
  for (const name of Object.values(NEEDED_WITH_OIDC))
    if (!isGiven(name)) problems.push(`${name}: is required with ${issuer}`);
  if (config.key !== undefined && !KEY.test(config.key))
    problems.push(`${NEEDED_WITH_OIDC.key}: must be 64 hexadecimal digits, such as openssl rand -hex 32 gives`);
  for (const [name, url] of [
    [issuer, config.oidcIssuer],
    [NEEDED_WITH_OIDC.publicUrl, config.publicUrl],
  ] as const)
    if (url !== undefined && !url.startsWith('https:') && !isLoopback(url))
      problems.push(`${name}: must be an https address, since tokens and sessions pass through it`);
  if (config.publicUrl !== undefined && new URL(config.publicUrl).pathname !== '/')
    problems.push(`${NEEDED_WITH_OIDC.publicUrl}: must have no path, such as https://hilum.example`);
  if (config.oidcScope !== undefined && !config.oidcScope.split(' ').includes('openid'))
    problems.push('HILUM_HUB_OIDC_SCOPE: must hold openid, with others after a blank');
  if (config.oidcRoleMap !== undefined && roleMapOf(config.oidcRoleMap) === null)
    problems.push(
      `HILUM_HUB_OIDC_ROLE_MAP: must be value=role, several with commas between; roles are ${HUB_ROLES.join(', ')}`,
    );
  return problems;
}

/** Null when it is none. */
function roleMapOf(map: string): RoleMapping<HubRole>[] | null {
  const pairs = map.split(',').map((pair) => {
    // a value may hold = itself, as the name of an LDAP group does
    const end = pair.lastIndexOf('=');
    return { value: pair.slice(0, end).trim(), role: HUB_ROLES.find((role) => role === pair.slice(end + 1).trim()) };
  });
  return pairs.every((pair): pair is RoleMapping<HubRole> => pair.value !== '' && pair.role !== undefined)
    ? pairs
    : null;
}

/** What was done with results must be on record for as long as they are. */
function retentionProblems({ resultsDays, auditDays }: Partial<Settings>): string[] {
  if (resultsDays === undefined || auditDays === undefined || auditDays >= resultsDays) return [];
  return [`HILUM_HUB_AUDIT_DAYS: must be at least HILUM_HUB_RESULTS_DAYS, which is ${resultsDays}`];
}
