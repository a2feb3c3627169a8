import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { whileUploading, type Scenario } from './scenario.js';

const SIZE_MIB = 1_400;
const MIB = 1024 * 1024;

export const diskFull: Scenario = {
  name: 'disk-full',
  what: 'not one byte left on the disk of the hub and its hospital, then some again',
  isSeeded: false,
  needs: () => (process.getuid?.() === 0 ? null : 'only root may mount the small file system that it fills'),
  setting: () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'hilum-small-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m,mode=0755`, 'tmpfs', dataFolder]);
    return {
      options: { sites: 1, dataFolder: join(dataFolder, 'data') },
      cleanUp: () => {
        execFileSync('umount', [dataFolder]);
        rmSync(dataFolder, { recursive: true });
        return Promise.resolve();
      },
    };
  },
  run: async (run, { isFull }) => {
    await run.upload({ count: 10, perSecond: 5 });
    await run.settle();
    const seconds = isFull ? 120 : 30;
    const ballast = join(run.fleet.dataFolder, '..', 'ballast');
    await whileUploading(run, { count: seconds, perSecond: 1 }, async () => {
      run.say(`the disk is full for ${seconds} s; ${fill(ballast)} MiB were left`);
      try {
        await delay(seconds * 1000);
      } finally {
        rmSync(ballast);
      }
      run.say('there is room again');
      await run.faults.allReady();
    });
    await run.settle();
  },
};

/** Writes until nothing fits any more, in smaller and smaller pieces; how many MiB it took. */
function fill(file: string): number {
  const handle = openSync(file, 'w');
  let written = 0;
  try {
    for (let size = MIB; size >= 512; size /= 2) {
      const piece = Buffer.alloc(size, 1);
      try {
        for (;;) written += writeSync(handle, piece);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(handle);
  }
  return Math.round(written / MIB);
}
