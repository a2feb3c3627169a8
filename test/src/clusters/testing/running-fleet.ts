import { inject } from 'vitest';
import { ClusterFleet } from '../harness/cluster-fleet.js';

/** The fleet that was started for all tests. */
export function runningFleet(): ClusterFleet {
  return ClusterFleet.connect(inject('fleetFolder'));
}
