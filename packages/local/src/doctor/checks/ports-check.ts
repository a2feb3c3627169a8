import { hubPortNames, sitePortNames } from '../../fleet/fleet-access.js';
import { sitesToRun } from '../../fleet/fleet-config.js';
import { Ports, portVariable } from '../../fleet/ports.js';
import { processStates } from '../../supervisor/process-spec.js';
import type { ProcessTable } from '../adapters/process-table.js';
import { HUB, MACHINE, combine, failed, ok, skipped, type Check, type Finding } from '../check.js';
import { processRecord, whyNotRunning, type Examination } from '../examination.js';
import { processDownSince, processFix } from '../process-trouble.js';

/** Of one port: is it held by the process that should hold it? Null when all is well, or that cannot be told. */
export function portFinding(
  examination: Examination,
  table: ProcessTable,
  { name, port, owner }: { name: string; port: number; owner: string },
): Finding | null {
  const record = processRecord(examination, owner);
  if (record === null) return null;
  const listener = table.listenerOn(port);
  if (listener === null) {
    // One that is not ready need not listen yet; that it is not ready is told by another check.
    if (record.state !== processStates.ready) return null;
    return failed(`port ${port} (${name}) is free, but ${owner} should listen on it`, {
      since: processDownSince(examination, owner),
      fix: processFix(examination, owner),
    });
  }
  const { pids } = listener;
  if (pids.length === 0 || (record.pid !== null && pids.includes(record.pid))) return null;
  return failed(`port ${port} (${name}) is held by process ${pids.join(', ')}, which is not ${owner}`, {
    fix: `ps -fp ${pids.join(',')} (find out what it is and end it; the supervisor then starts ${owner} anew)`,
  });
}

/** The ports of one owner are held by the processes that should hold them. */
export function portsCheck(examination: Examination, subject: string): Check {
  return {
    name: 'ports',
    subject,
    run: () => {
      const why = whyNotRunning(examination);
      if (why !== null) return skipped(why);
      const { table, config } = examination;
      if (table === null) return skipped('this system does not tell who holds a port');
      const names = subject === HUB ? [...hubPortNames] : sitePortNames(subject);
      const used = names.flatMap((name) => {
        const port = config?.ports[name];
        const owner = name.replace(/-(controller|wan)$/, '');
        return port === undefined || processRecord(examination, owner) === null ? [] : [{ name, port, owner }];
      });
      if (used.length === 0) return skipped('none is in use');
      const findings = used.flatMap((one) => portFinding(examination, table, one) ?? []);
      return combine(findings, `${used.length} ports are held by the processes they belong to`);
    },
  };
}

/** While nothing runs: the ports that HILUM_*_PORT fixes are free, so that the next start does not fail on them. */
export function fixedPortsCheck(examination: Examination): Check {
  return {
    name: 'fixed-ports',
    subject: MACHINE,
    run: async () => {
      if (examination.supervisor !== null) return skipped('the ports are in use, which the check "ports" looks at');
      const { env, config } = examination;
      const sites = sitesToRun(config?.sites ?? [], {});
      const fixed = [...hubPortNames, ...sites.flatMap(sitePortNames)].filter(
        (name) => (env[portVariable(name)] ?? '') !== '',
      );
      if (fixed.length === 0) return ok('no port is fixed by the environment');
      const problems = await new Ports({ env }).problems(fixed);
      if (problems.length > 0)
        return failed(problems.join('; '), { fix: 'free the port, or set the variable to another one or not at all' });
      return ok(`free: ${fixed.map((name) => `${portVariable(name)}=${env[portVariable(name)]}`).join(', ')}`);
    },
  };
}
