import type { Dashboard } from '../dashboard.js';
import { fleetDashboard } from './fleet.js';
import { hubDashboard } from './hub.js';
import { inferenceDashboard } from './inference.js';
import { siteDashboard } from './site.js';

export const dashboards: readonly Dashboard[] = [fleetDashboard, siteDashboard, inferenceDashboard, hubDashboard];
