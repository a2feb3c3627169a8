import { badUploads } from './bad-uploads.js';
import { clockStep } from './clock-step.js';
import { diskFull } from './disk-full.js';
import { killEach } from './kill-each.js';
import { lostSegments } from './lost-segments.js';
import { notificationsDropped } from './notifications-dropped.js';
import { offsets } from './offsets.js';
import { hubAway, siteKafkaAway } from './outages.js';
import { pairs } from './pairs.js';
import { fiveTimes, mirrorBatch, rebalance } from './repeats.js';
import type { Scenario } from './scenario.js';
import { wanCut } from './wan-cut.js';

/** In the order in which they run: one after another on the same fleet. */
export const scenarios: readonly Scenario[] = [
  notificationsDropped,
  siteKafkaAway,
  wanCut,
  hubAway,
  fiveTimes,
  rebalance,
  mirrorBatch,
  clockStep,
  pairs,
  killEach,
  lostSegments,
  badUploads,
  offsets,
  diskFull,
];
