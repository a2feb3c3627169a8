import { describe, it } from 'vitest';
import { POLICIES_NAMESPACE } from '../harness/governance.js';
import { kinds } from '../harness/kinds.js';
import { placement, untilPlacedOn } from '../testing/placements.js';
import { runningFleet } from '../testing/running-fleet.js';

const { hub } = runningFleet();

describe('a placement', () => {
  it('chooses all hospitals without a condition, and the one whose label it names', async () => {
    await hub.admin.applyAll([
      placement('everybody', POLICIES_NAMESPACE),
      placement('riverside-alone', POLICIES_NAMESPACE, { 'hilum.org/site': 'riverside' }),
      placement('nobody', POLICIES_NAMESPACE, { 'hilum.org/site': 'no-such-hospital' }),
    ]);
    await untilPlacedOn(hub.admin, 'everybody', POLICIES_NAMESPACE, ['st-agnes', 'riverside']);
    await untilPlacedOn(hub.admin, 'riverside-alone', POLICIES_NAMESPACE, ['riverside']);
    await untilPlacedOn(hub.admin, 'nobody', POLICIES_NAMESPACE, []);
  });

  it('follows a label from one hospital to the other', async () => {
    const label = (value: string | null): object => ({ metadata: { labels: { 'hilum.org/ring': value } } });
    await hub.admin.apply(placement('pilots', POLICIES_NAMESPACE, { 'hilum.org/ring': 'pilot' }));
    await hub.admin.merge(kinds.managedCluster, 'st-agnes', label('pilot'));
    await untilPlacedOn(hub.admin, 'pilots', POLICIES_NAMESPACE, ['st-agnes']);
    await hub.admin.merge(kinds.managedCluster, 'st-agnes', label(null));
    await hub.admin.merge(kinds.managedCluster, 'riverside', label('pilot'));
    await untilPlacedOn(hub.admin, 'pilots', POLICIES_NAMESPACE, ['riverside']);
  });
});
