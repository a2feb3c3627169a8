import { join } from 'node:path';
import { beforeEach } from 'vitest';
import { repositoryRoot } from '../../support/repository.js';
import { gatherEvidence } from '../harness/evidence.js';
import { runningFleet } from './running-fleet.js';

/** At the moment of the failure, before a later test changes what is there. */
beforeEach(({ task, onTestFailed }) => {
  onTestFailed(async () => {
    const name = task.name.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 60);
    const time = new Date().toISOString().replaceAll(':', '-');
    const folder = join(repositoryRoot, '.hilum/clusters-evidence', `${time}-${name}`);
    process.stderr.write(`what tells why is kept in ${await gatherEvidence(runningFleet(), folder)}\n`);
  });
});
