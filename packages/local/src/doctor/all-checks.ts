import { HUB, type Check } from './check.js';
import { allowListCheck, hubAccessCheck } from './checks/allow-list-check.js';
import { auditCheck } from './checks/audit-check.js';
import { backlogCheck } from './checks/backlog-check.js';
import { brokerCheck } from './checks/broker-check.js';
import { certificatesCheck } from './checks/certificates-check.js';
import { clocksCheck, logTimesCheck } from './checks/clocks-check.js';
import { dataFolderCheck } from './checks/data-folder-check.js';
import { databaseCheck } from './checks/database-check.js';
import { diskCheck } from './checks/disk-check.js';
import { mirrorLagCheck } from './checks/mirror-lag-check.js';
import { releaseCheck, servedModelCheck } from './checks/model-check.js';
import { notificationFlowCheck } from './checks/notification-flow-check.js';
import { fixedPortsCheck, portsCheck } from './checks/ports-check.js';
import { prerequisitesCheck } from './checks/prerequisites-check.js';
import { processesCheck } from './checks/processes-check.js';
import { servicesCheck } from './checks/services-check.js';
import { storeCheck } from './checks/store-check.js';
import { supervisorCheck } from './checks/supervisor-check.js';
import { webhookCheck } from './checks/webhook-check.js';
import type { Examination } from './examination.js';

/** What is asked of the hub and of a site alike. */
const OF_EITHER = [
  processesCheck,
  servicesCheck,
  portsCheck,
  clocksCheck,
  certificatesCheck,
  brokerCheck,
  databaseCheck,
  storeCheck,
];

const OF_A_SITE = [notificationFlowCheck, backlogCheck, allowListCheck, mirrorLagCheck, servedModelCheck, webhookCheck];

/** Every check there is: of this machine, of the hub, and of these sites. */
export function allChecks(examination: Examination, sites: readonly string[]): Check[] {
  return [
    prerequisitesCheck(examination),
    diskCheck(examination),
    dataFolderCheck(examination),
    supervisorCheck(examination),
    processesCheck(examination, 'machine'),
    fixedPortsCheck(examination),
    logTimesCheck(examination),
    releaseCheck(examination),
    ...OF_EITHER.map((check) => check(examination, HUB)),
    hubAccessCheck(examination),
    auditCheck(examination),
    ...sites.flatMap((site) => [...OF_EITHER, ...OF_A_SITE].map((check) => check(examination, site))),
  ];
}
