import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.js';
import { POLICIES_NAMESPACE } from '../harness/governance.js';
import { kinds } from '../harness/kinds.js';
import type { Manifest } from '../harness/kube-client.js';
import type { Compliance } from '../stand-ins/policy-sync.js';
import { placement, policyBinding, untilPlacedOn } from '../testing/placements.js';
import { runningFleet } from '../testing/running-fleet.js';

const { hub, sites, site } = bound();
const JUDGED_WITHIN_MS = 60_000;
/** A namespace of the hospitals in which nothing may talk to anybody unless it is allowed. */
const GUARDED = 'imaging';
const DENY = 'default-deny';

interface RootPolicy {
  status?: { compliant?: Compliance; status?: { clustername: string; compliant?: Compliance }[] };
}

beforeAll(async () => {
  await hub.admin.apply(placement('all-hospitals', POLICIES_NAMESPACE));
  await untilPlacedOn(
    hub.admin,
    'all-hospitals',
    POLICIES_NAMESPACE,
    sites.map(({ name }) => name),
  );
  for (const { admin } of sites) await admin.apply({ ...kinds.namespace, metadata: { name: GUARDED } });
  await site('st-agnes').admin.apply(denial());
});

describe('a policy', () => {
  it('that only looks tells the hub who keeps it and who does not, and changes nothing', async () => {
    await hub.admin.applyAll(policy('look', 'inform'));
    await untilJudged('look', { 'st-agnes': 'Compliant', riverside: 'NonCompliant' });
    const root = await hub.admin.find<RootPolicy>(kinds.policy, 'look', POLICIES_NAMESPACE);
    expect(root?.status?.compliant).toBe('NonCompliant');
    expect(await site('riverside').admin.find(kinds.networkPolicy, DENY, GUARDED)).toBeNull();
  });

  it('says at the hub what a hospital lacks', async () => {
    const copy = await until('the message is there', async () => {
      const found = await hub.admin.find<{
        status?: { details?: { compliant?: Compliance; history?: { message: string }[] }[] };
      }>(kinds.policy, `${POLICIES_NAMESPACE}.look`, 'riverside');
      return found?.status?.details?.[0]?.compliant === 'NonCompliant' && found;
    });
    const message = copy.status?.details?.[0]?.history?.[0]?.message ?? '';
    expect(message).toContain('networkpolicies');
    expect(message).toContain('not found');
  });

  it('follows a hospital that mends itself, and one that breaks it', async () => {
    await site('riverside').admin.apply(denial());
    await site('st-agnes').admin.remove(kinds.networkPolicy, DENY, GUARDED);
    await untilJudged('look', { 'st-agnes': 'NonCompliant', riverside: 'Compliant' });
  });

  it('that enforces makes what is missing, and makes it again when somebody deletes it', async () => {
    await hub.admin.applyAll(policy('enforce', 'enforce'));
    await untilJudged('enforce', { 'st-agnes': 'Compliant', riverside: 'Compliant' });
    const made = await site('st-agnes').admin.find<{ spec: object }>(kinds.networkPolicy, DENY, GUARDED);
    expect(made?.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });

    await site('st-agnes').admin.remove(kinds.networkPolicy, DENY, GUARDED);
    await until('it is back', () => site('st-agnes').admin.find(kinds.networkPolicy, DENY, GUARDED), JUDGED_WITHIN_MS);
    // the other policy, which only looks, sees it as well
    await untilJudged('look', { 'st-agnes': 'Compliant', riverside: 'Compliant' });
  });

  it('leaves a hospital when the hub takes it back', async () => {
    await hub.admin.remove(kinds.policy, 'look', POLICIES_NAMESPACE);
    for (const { name, admin } of sites)
      await until(`it is gone from ${name}`, async () => {
        const copies = await admin.list(kinds.policy, { namespace: name });
        const templates = await admin.list(kinds.configurationPolicy, { namespace: name });
        const left = [...copies, ...templates].map(({ metadata }) => metadata.name);
        return !left.some((found) => found.includes('look'));
      });
  });
});

/** The fleet, and its hospitals by name. */
function bound(): Pick<ReturnType<typeof runningFleet>, 'hub' | 'sites' | 'site'> {
  const fleet = runningFleet();
  return { hub: fleet.hub, sites: fleet.sites, site: (name) => fleet.site(name) };
}

async function untilJudged(name: string, wanted: Record<string, Compliance>): Promise<void> {
  let seen = '';
  await until(
    `${name} is judged ${JSON.stringify(wanted)}`,
    async () => {
      const root = await hub.admin.find<RootPolicy>(kinds.policy, name, POLICIES_NAMESPACE);
      const judged = Object.fromEntries(
        (root?.status?.status ?? []).map(({ clustername, compliant }) => [clustername, compliant]),
      );
      seen = JSON.stringify(judged);
      return Object.entries(wanted).every(([site, compliance]) => judged[site] === compliance);
    },
    JUDGED_WITHIN_MS,
  ).catch((error: unknown) => {
    throw new Error(`${name} is judged ${seen} instead of ${JSON.stringify(wanted)}`, { cause: error });
  });
}

function denial(): Manifest {
  return {
    ...kinds.networkPolicy,
    metadata: { name: DENY, namespace: GUARDED },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  };
}

/** That every hospital denies all traffic in the guarded namespace, bound to the placement of all hospitals. */
function policy(name: string, remediationAction: 'inform' | 'enforce'): Manifest[] {
  return [
    {
      ...kinds.policy,
      metadata: { name, namespace: POLICIES_NAMESPACE },
      spec: {
        disabled: false,
        remediationAction,
        'policy-templates': [
          {
            objectDefinition: {
              ...kinds.configurationPolicy,
              metadata: { name: `${name}-default-deny` },
              spec: {
                remediationAction: 'inform',
                severity: 'high',
                'object-templates': [{ complianceType: 'musthave', objectDefinition: denial() }],
              },
            },
          },
        ],
      },
    },
    policyBinding(name, POLICIES_NAMESPACE, 'all-hospitals'),
  ];
}
