import { generateKeyPairSync } from 'node:crypto';
import { ConfigError } from '@hilum/runtime';
import { describe, expect, it } from 'vitest';
import { AuditSigner, publicKeysOf } from './audit/audit-key.js';
import { readHubConfig } from './hub-config.js';

function pemOf(kind: 'ed25519' | 'x25519'): string {
  const { privateKey } = kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

const others = {
  HILUM_HUB_PORT: '8080',
  HILUM_KAFKA_BROKERS: '127.0.0.1:9092',
  HILUM_DATABASE_URL: 'postgres://hub@127.0.0.1/hub',
  HILUM_S3_ENDPOINT: 'http://127.0.0.1:7070',
  HILUM_S3_ACCESS_KEY_ID: 'HILUM',
  HILUM_S3_SECRET_ACCESS_KEY: 'secret',
  HILUM_HUB_AUDIT_KEY: pemOf('ed25519'),
};
const tokens = {
  HILUM_HUB_HOSPITAL_IT_TOKEN: 'a',
  HILUM_HUB_DATA_SCIENCE_TOKEN: 'b',
  HILUM_HUB_COMPLIANCE_TOKEN: 'c',
};
const oidc = {
  HILUM_HUB_OIDC_ISSUER: 'https://id.example/realms/hilum',
  HILUM_HUB_OIDC_CLIENT_ID: 'hilum',
  HILUM_HUB_OIDC_AUDIENCE: 'https://hub.example',
  HILUM_HUB_PUBLIC_URL: 'https://hub.example',
  HILUM_HUB_KEY: 'ab'.repeat(32),
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readHubConfig({ ...others, ...env });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('how one signs in at the hub', () => {
  it('is by tokens, at an identity provider, or either', () => {
    expect(readHubConfig({ ...others, ...tokens })).toMatchObject({ oidc: null, tokens: { compliance: 'c' } });
    expect(readHubConfig({ ...others, ...oidc }).oidc).toMatchObject({
      issuer: 'https://id.example/realms/hilum',
      scope: 'openid',
      roleClaim: 'roles',
      roleMap: [
        { value: 'hospital-it', role: 'hospital-it' },
        { value: 'data-science', role: 'data-science' },
        { value: 'compliance', role: 'compliance' },
      ],
      clockSkewSeconds: 30,
      key: Buffer.alloc(32, 0xab),
    });
    expect(readHubConfig({ ...others, ...tokens, ...oidc })).toMatchObject({ oidc: {}, tokens: { compliance: 'c' } });
  });

  it('takes values of the role claim in the order they are given, with = in them', () => {
    const map = 'CN=Hilum Officers;OU=x=compliance, hilum-it = hospital-it';
    expect(readHubConfig({ ...others, ...oidc, HILUM_HUB_OIDC_ROLE_MAP: map }).oidc?.roleMap).toEqual([
      { value: 'CN=Hilum Officers;OU=x', role: 'compliance' },
      { value: 'hilum-it', role: 'hospital-it' },
    ]);
  });

  it('asks for what is missing of either', () => {
    expect(problemsOf({})).toEqual(
      Object.keys(tokens).map(
        (name) => `${name}: is required, or HILUM_HUB_OIDC_ISSUER for sign-in at an identity provider`,
      ),
    );
    expect(problemsOf({ HILUM_HUB_OIDC_ISSUER: oidc.HILUM_HUB_OIDC_ISSUER })).toEqual([
      'HILUM_HUB_OIDC_CLIENT_ID: is required with HILUM_HUB_OIDC_ISSUER',
      'HILUM_HUB_OIDC_AUDIENCE: is required with HILUM_HUB_OIDC_ISSUER',
      'HILUM_HUB_PUBLIC_URL: is required with HILUM_HUB_OIDC_ISSUER',
      'HILUM_HUB_KEY: is required with HILUM_HUB_OIDC_ISSUER',
    ]);
  });

  it.each([
    [{ ...tokens, HILUM_HUB_OIDC_CLIENT_SECRET: 'x' }, /^HILUM_HUB_OIDC_CLIENT_SECRET: is of no use without/],
    [{ ...oidc, HILUM_HUB_OIDC_ISSUER: 'http://id.example' }, /^HILUM_HUB_OIDC_ISSUER: must be an https address/],
    [{ ...oidc, HILUM_HUB_OIDC_ISSUER: 'id.example' }, /^HILUM_HUB_OIDC_ISSUER: must be an http or https address$/],
    [{ ...oidc, HILUM_HUB_PUBLIC_URL: 'http://hub.example' }, /^HILUM_HUB_PUBLIC_URL: must be an https address/],
    [{ ...oidc, HILUM_HUB_PUBLIC_URL: 'https://a.example/hub' }, /^HILUM_HUB_PUBLIC_URL: must have no path/],
    [{ ...oidc, HILUM_HUB_KEY: 'secret' }, /^HILUM_HUB_KEY: must be 64 hexadecimal digits/],
    [{ ...oidc, HILUM_HUB_OIDC_SCOPE: 'roles' }, /^HILUM_HUB_OIDC_SCOPE: must hold openid/],
    [{ ...oidc, HILUM_HUB_OIDC_ROLE_MAP: 'a=admin' }, /^HILUM_HUB_OIDC_ROLE_MAP: must be value=role/],
    [{ ...oidc, HILUM_HUB_OIDC_CLOCK_SKEW_SECONDS: '9000' }, /^HILUM_HUB_OIDC_CLOCK_SKEW_SECONDS: .* 0 to 300$/],
  ])('refuses %j, naming the variable and the fix', (env, problem) => {
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  it('takes plain http on the same machine', () => {
    const local = { HILUM_HUB_OIDC_ISSUER: 'http://127.0.0.1:9000', HILUM_HUB_PUBLIC_URL: 'http://localhost:8080' };
    expect(problemsOf({ ...oidc, ...local })).toEqual([]);
  });
});

describe('the key of the audit', () => {
  const publicPem = new AuditSigner(pemOf('ed25519')).publicPem;

  it('signs with what is given, and knows those of before', () => {
    const { auditKey, auditBucket, auditEarlierKeys } = readHubConfig({
      ...others,
      ...tokens,
      HILUM_HUB_AUDIT_EARLIER_KEYS: publicPem + publicPem,
    });
    expect(new AuditSigner(auditKey).keyId).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(publicKeysOf(auditEarlierKeys)).toHaveLength(2);
    expect(auditBucket).toBe('hilum-audit');
  });

  it.each([
    [{ HILUM_HUB_AUDIT_KEY: '' }, /^HILUM_HUB_AUDIT_KEY: is required$/],
    [{ HILUM_HUB_AUDIT_KEY: 'secret words' }, /^HILUM_HUB_AUDIT_KEY: must be an Ed25519 private key in PEM/],
    [{ HILUM_HUB_AUDIT_KEY: pemOf('x25519') }, /^HILUM_HUB_AUDIT_KEY: must be an Ed25519 private key in PEM/],
    [{ HILUM_HUB_AUDIT_EARLIER_KEYS: 'secret words' }, /^HILUM_HUB_AUDIT_EARLIER_KEYS: must be Ed25519 public keys/],
  ])('is refused when it is none (%#), and never shown', (change, problem) => {
    const problems = problemsOf({ ...tokens, ...change });
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems.join()).not.toContain('secret words');
  });
});

describe('the days of retention', () => {
  it('have defaults that keep audit longest', () => {
    expect(readHubConfig({ ...others, ...tokens })).toMatchObject({
      resultsDays: 400,
      feedbackDays: 400,
      auditDays: 2_192,
      complianceDays: 2_192,
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
    expect(() => readHubConfig({ ...others, ...tokens, ...change })).toThrow(problem);
  });
});

describe('what tells of the fleet', () => {
  it('is nothing by default', () => {
    expect(readHubConfig({ ...others, ...tokens })).toMatchObject({ fleet: 'none' });
  });

  it('is a supervisor with its address and token, or Open Cluster Management by a kubeconfig or as a pod', () => {
    const local = {
      HILUM_HUB_FLEET: 'local',
      HILUM_HUB_FLEET_URL: 'http://127.0.0.1:20000',
      HILUM_HUB_FLEET_TOKEN: 't',
    };
    expect(readHubConfig({ ...others, ...tokens, ...local })).toMatchObject({ fleet: 'local', fleetToken: 't' });
    const ocm = { HILUM_HUB_FLEET: 'ocm', HILUM_HUB_FLEET_KUBECONFIG: '/etc/hilum/kubeconfig' };
    expect(readHubConfig({ ...others, ...tokens, ...ocm })).toMatchObject({
      fleet: 'ocm',
      fleetPoliciesNamespace: 'hilum-policies',
    });
    const pod = { HILUM_HUB_FLEET: 'ocm', KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    expect(readHubConfig({ ...others, ...tokens, ...pod }).fleetKubeconfig).toBeUndefined();
  });

  it.each([
    [{ HILUM_HUB_FLEET: 'acm' }, 'HILUM_HUB_FLEET: must be one of none, local, ocm'],
    [{ HILUM_HUB_FLEET: 'local' }, 'HILUM_HUB_FLEET_TOKEN: is required with HILUM_HUB_FLEET=local'],
    [{ HILUM_HUB_FLEET_TOKEN: 't' }, 'HILUM_HUB_FLEET_TOKEN: is of no use without HILUM_HUB_FLEET=local'],
    [
      { HILUM_HUB_FLEET: 'local', HILUM_HUB_FLEET_URL: 'http://hub.example', HILUM_HUB_FLEET_TOKEN: 't' },
      'HILUM_HUB_FLEET_URL: must be an https address or one of this machine',
    ],
    [{ HILUM_HUB_FLEET: 'ocm' }, 'HILUM_HUB_FLEET_KUBECONFIG: is required with HILUM_HUB_FLEET=ocm outside of a pod'],
    [{ HILUM_HUB_FLEET_KUBECONFIG: '/k' }, 'HILUM_HUB_FLEET_KUBECONFIG: is of no use without HILUM_HUB_FLEET=ocm'],
    [
      { HILUM_HUB_FLEET_POLICIES_NAMESPACE: 'Hilum.Policies' },
      'HILUM_HUB_FLEET_POLICIES_NAMESPACE: must be a namespace',
    ],
  ])('is refused when it is %j, naming the variable and the fix', (change, problem) => {
    expect(() => readHubConfig({ ...others, ...tokens, ...change })).toThrow(problem);
  });
});
