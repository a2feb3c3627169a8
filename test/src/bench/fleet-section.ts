import { Fleet } from '../support/fleet.js';
import type { Distribution } from './distribution.js';
import { memoryOf } from './memory.js';
import type { Section } from './section.js';
import { WAY_PARTS, measureWay } from './way-latency.js';

/** From PUT to the hub, and the memory of a hub and two hospitals. */
export async function measureFleet(say: (line: string) => void): Promise<Section> {
  say('starting a hub and two hospitals…');
  const fleet = await Fleet.start();
  try {
    const [site] = fleet.state.sites;
    if (site === undefined) throw new Error('the fleet has no site');
    const way = await measureWay(fleet, site, {
      warmUp: 10,
      images: 60,
      onProgress: (done) => {
        if (done % 10 === 0) say(`PUT to hub: ${done} of 60`);
      },
    });
    const memory = memoryOf(fleet);
    const totalMiB = memory.reduce((sum, { pssMiB }) => sum + pssMiB, 0);
    const markdown = [
      `## PUT to hub-visible, warm, one image at a time (${way.images} images), milliseconds`,
      '',
      '| part | p50 | p95 | max |',
      '|---|---|---|---|',
      ...WAY_PARTS.map((part) => row(part, way.partsMs[part])),
      row('**total**', way.totalMs),
      '',
      '## Memory, PSS in MiB',
      '',
      '| process | MiB |',
      '|---|---|',
      ...memory.map(({ name, pssMiB }) => `| ${name} | ${pssMiB} |`),
      `| **all** | ${totalMiB} |`,
      '',
    ].join('\n');
    return { name: 'fleet', numbers: { way, memory, totalMiB }, markdown };
  } finally {
    await fleet.stop();
  }
}

function row(name: string, { p50, p95, max }: Distribution): string {
  return `| ${name} | ${p50} | ${p95} | ${max} |`;
}
