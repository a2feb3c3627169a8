import { runBadUploads } from '../bad-uploads/bad-uploads.js';
import type { Scenario } from './scenario.js';

export const badUploads: Scenario = {
  name: 'bad-uploads',
  what: 'forty and more kinds of bad images and names among good ones',
  isSeeded: false,
  run: async (run) => {
    const [site = ''] = run.sites;
    run.sitesWithOtherUploads.push(site);
    await runBadUploads(run.fleet, run.say);
    await run.settle();
  },
};
