import { stateFile, type FleetState, type StoreAccess } from '../fleet/fleet-state.js';
import { commandLine } from '../parts/command-line.js';

/** What whoever started the fleet wants to know next: where to look, how to sign in, how to stop. */
export function summary(state: FleetState, { seconds, dataDir, detached }: SummaryOptions): string {
  const has = (name: string): boolean => state.processes.some((process) => process.name === name);
  const lines = [`Hilum is ready after ${seconds} s.`, ''];
  const { hub } = state;
  const down = commandLine({ dataDir }, 'down');
  lines.push(has('hub') ? `Hub console        ${hub.url}` : 'Hub');
  if (has('hub')) for (const [role, token] of Object.entries(hub.tokens)) lines.push(entry(role, token));
  lines.push(...store(hub.s3), entry('Kafka', `${hub.kafka} (mutual TLS)`), '');
  for (const site of state.sites) {
    const hasEdge = has(`${site.name}-edge`);
    lines.push(hasEdge ? `${`${site.name} worklist`.padEnd(18)} ${site.url}` : site.name);
    if (hasEdge) for (const [role, token] of Object.entries(site.tokens)) lines.push(entry(role, token));
    lines.push(...store(site.s3), entry('X-rays go to', `bucket ${site.s3.intakeBucket}`), '');
  }
  lines.push(
    `State file         ${stateFile(dataDir)}`,
    '                   (every address, token and key; readable by you alone)',
    `Stop               ${detached ? down : `Ctrl-C, or from elsewhere: ${down}`}`,
    '',
  );
  return lines.join('\n');
}

export interface SummaryOptions {
  seconds: string;
  dataDir: string;
  detached: boolean;
}

function entry(label: string, value: string): string {
  return `  ${label.padEnd(16)} ${value}`;
}

function store({ endpoint, accessKeyId, secretAccessKey }: StoreAccess): string[] {
  return [entry('S3', endpoint), entry('  access key', accessKeyId), entry('  secret key', secretAccessKey)];
}
