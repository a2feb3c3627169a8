import { Command, InvalidArgumentError, Option } from 'commander';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hubOwner, siteOwner, type BackupOwner } from '../backup/backup-owner.js';
import { UsageError } from '../fleet/fleet-config.js';
import { DEFAULT_DATA_DIR } from '../parts/command-line.js';
import { packageDir } from '../parts/paths.js';
import type { Finding } from '../simulator/radiograph/draw-radiograph.js';
import { RADIOGRAPH_SEEDS } from '../simulator/radiograph/random.js';
import { anchorAudit, verifyAudit } from './audit-command.js';
import { backup, verify } from './backup-command.js';
import { doctor } from './doctor-command.js';
import { down } from './down-command.js';
import { draw, type DrawFormat } from './draw-command.js';
import { logs } from './logs-command.js';
import { restore } from './restore-command.js';
import { discardDeadLetters, listDeadLetters, resendDeadLetters } from './dlq-command.js';
import { fetchEvidence, verifyEvidence } from './evidence-command.js';
import { replay } from './relay-command.js';
import { send } from './send-command.js';
import { addSite } from './site-command.js';
import { status } from './status-command.js';
import type { Terminal } from './terminal.js';
import { upInBackground, upInForeground } from './up-command.js';

interface UpFlags {
  data: string;
  sites?: number;
  site?: string[];
  images?: string;
  simulator: boolean;
  rate?: number;
  services: boolean;
  detach?: boolean;
}

interface DrawFlags {
  out: string;
  count: number;
  finding?: Finding;
  format: DrawFormat;
  seed?: number;
}

interface OwnerFlags {
  hub?: boolean;
  site?: string[];
}

interface BackupFlags extends OwnerFlags {
  data: string;
  to?: string;
  images: boolean;
  verify?: string;
}

interface RestoreFlags extends OwnerFlags {
  data: string;
  from: string;
  replace?: boolean;
}

/**
 * The `hilum` command line.
 * @param finish gets the exit code of whatever command ran
 */
export function program(terminal: Terminal, finish: (exitCode: number) => void): Command {
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  const hilum = new Command('hilum')
    .description('Chest X-ray triage: a hub and hospitals on this machine, with real brokers, stores and databases.')
    .version(version)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    // an option is that of the command before it: evidence and evidence verify have some that are called the same
    .enablePositionalOptions()
    .exitOverride();

  hilum
    .command('up')
    .description('start everything and keep it running until Ctrl-C')
    .addOption(dataOption())
    .option(
      '--sites <n>',
      'run at least this many hospitals (two at first, then those the folder has)',
      wholeNumber(1, 50),
    )
    .option('--site <name...>', 'run hospitals of these names')
    .option('--images <dir>', 'let the simulator send the images of this folder')
    .option('--no-simulator', 'send no X-rays')
    .option(
      '--rate <per-minute>',
      'X-rays a minute that the simulator sends, all hospitals together',
      wholeNumber(1, 6000),
    )
    .option('--no-services', 'start brokers, mirrors, stores and databases alone, to run a service by hand')
    .option('--detach', 'run in the background and return when all is ready')
    .addHelpText('after', UP_NOTES)
    .action(async (flags: UpFlags) => {
      const options = {
        dataDir: resolve(flags.data),
        sites: { count: flags.sites, names: flags.site ?? [] },
        services: flags.services,
        simulator:
          flags.simulator && flags.services
            ? { ratePerMinute: flags.rate, imagesDir: flags.images === undefined ? undefined : resolve(flags.images) }
            : null,
      };
      finish(await (flags.detach === true ? upInBackground : upInForeground)(options, terminal));
    });

  hilum
    .command('down')
    .description('stop everything that runs in a data folder')
    .addOption(dataOption())
    .option('--delete-data', 'then delete the data folder: images, results, keys, everything')
    .action(async (flags: { data: string; deleteData?: boolean }) => {
      finish(await down({ dataDir: resolve(flags.data), deleteData: flags.deleteData === true }, terminal));
    });

  hilum
    .command('status')
    .description('show which processes run; exit code 0: all ready, 1: not all, 3: nothing runs')
    .addOption(dataOption())
    .option('--json', 'as JSON')
    .action((flags: { data: string; json?: boolean }) => {
      finish(status({ dataDir: resolve(flags.data), json: flags.json === true }, terminal));
    });

  hilum
    .command('doctor')
    .description(
      'say what is wrong, since when and what to do; exit code 0: nothing failed, 1: something, 3: nothing runs',
    )
    .addOption(dataOption())
    .option('--site <name...>', 'look at these hospitals alone, besides the machine and the hub')
    .option('--json', 'as JSON')
    .addHelpText('after', DOCTOR_NOTES)
    .action(async (flags: { data: string; site?: string[]; json?: boolean }) => {
      const { data, site = [], json } = flags;
      finish(await doctor({ dataDir: resolve(data), sites: site, json: json === true }, terminal));
    });

  hilum
    .command('send')
    .description('upload X-rays to a hospital, each as a study of its own, and show what is decided')
    .argument('<file...>', 'image files: JPEG, PNG, TIFF, WebP, GIF')
    .requiredOption('--site <name>', 'the hospital')
    .addOption(dataOption())
    .addOption(
      new Option('--priority <priority>', 'the priority of these studies').choices(['routine', 'urgent', 'stat']),
    )
    .option('--no-wait', 'do not wait for the decision')
    .option('--timeout <seconds>', 'how long to wait for each decision', positiveNumber, 60)
    .action(
      async (
        files: string[],
        flags: { site: string; data: string; priority?: string; wait: boolean; timeout: number },
      ) => {
        const { site, data, priority, wait, timeout } = flags;
        finish(
          await send({ dataDir: resolve(data), files, site, priority, wait, timeoutMs: timeout * 1000 }, terminal),
        );
      },
    );

  hilum
    .command('draw')
    .description('draw chest radiographs of nobody into NORMAL/ and PNEUMONIA/ of a folder, named by their seeds')
    .requiredOption('--out <dir>', 'the folder, made when it is not there')
    .option('--count <n>', 'how many', wholeNumber(1, 100_000), 20)
    .addOption(
      new Option(
        '--finding <finding>',
        'draw this one alone (default: both alternately, even seeds pneumonia)',
      ).choices(['normal', 'pneumonia']),
    )
    .addOption(new Option('--format <format>', 'what files they are').choices(['jpeg', 'dicom']).default('jpeg'))
    .option(
      '--seed <n>',
      'of the first, each other has the next; the same one draws the same again (default: any, which is told)',
      wholeNumber(0, RADIOGRAPH_SEEDS - 1),
    )
    .action(async ({ out, count, finding, format, seed }: DrawFlags) => {
      finish(await draw({ out: resolve(out), count, finding, format, seed }, terminal));
    });

  const site = hilum.command('site').description('manage hospitals');
  site
    .command('add')
    .description('add a hospital; in a running fleet it comes up while all else keeps running')
    .argument('<name>', 'lower-case letters, digits and inner hyphens, such as st-agnes')
    .addOption(dataOption())
    .action(async (name: string, flags: { data: string }) => {
      finish(await addSite({ dataDir: resolve(flags.data), name }, terminal));
    });

  const relay = hilum.command('relay').description('the way of a hospital’s events to the hub');
  relay
    .command('replay')
    .description('send events of a hospital to the hub again; the hub drops those it has')
    .requiredOption('--site <name>', 'the hospital')
    .requiredOption('--from <n>', 'the first sequence', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--to <n>', 'the last sequence (the latest event when not given)', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .addOption(dataOption())
    .option('--no-wait', 'do not wait until they were sent')
    .option('--timeout <seconds>', 'how long to wait', positiveNumber, 600)
    .addHelpText('after', REPLAY_NOTES)
    .action(
      async (flags: { site: string; from: number; to?: number; data: string; wait: boolean; timeout: number }) => {
        const { site: name, from, to, data, wait, timeout } = flags;
        const options = { dataDir: resolve(data), site: name, from, to, wait, timeoutMs: timeout * 1000 };
        finish(await replay(options, terminal));
      },
    );

  const dlq = hilum.command('dlq').description('notifications that could not be delivered (dead letters)');
  dlq
    .command('list')
    .description('show those that wait for a decision')
    .option('--site <name>', 'of this hospital alone')
    .option('--all', 'also those that were sent again or discarded, as long as they are kept (30 days)')
    .option('--json', 'as JSON')
    .addOption(dataOption())
    .action(async (flags: { site?: string; all?: boolean; json?: boolean; data: string }) => {
      const { data, all, json } = flags;
      const options = { dataDir: resolve(data), site: flags.site, all: all === true, json: json === true };
      finish(await listDeadLetters(options, terminal));
    });
  dlq
    .command('resend')
    .description('put dead letters back into the queue; one that fails again comes back as a new one')
    .argument('[id...]', 'ids that npx hilum dlq list shows, such as 0-17')
    .option('--site <name>', 'the hospital')
    .option('--all', 'all that wait for a decision, of the hospital or of all hospitals')
    .addOption(dataOption())
    .action(async (ids: string[], flags: { site?: string; all?: boolean; data: string }) => {
      const options = { dataDir: resolve(flags.data), site: flags.site, ids, all: flags.all === true };
      finish(await resendDeadLetters(options, terminal));
    });
  dlq
    .command('discard')
    .description('leave dead letters undelivered for good')
    .argument('<id...>', 'ids that npx hilum dlq list shows, such as 0-17')
    .requiredOption('--site <name>', 'the hospital')
    .requiredOption('--why <text>', 'the reason, up to 500 characters; it is kept and shown, so no patient data')
    .addOption(dataOption())
    .action(async (ids: string[], flags: { site: string; why: string; data: string }) => {
      finish(
        await discardDeadLetters({ dataDir: resolve(flags.data), site: flags.site, ids, why: flags.why }, terminal),
      );
    });

  const audit = hilum.command('audit').description('the hub’s audit: who saw what, chained and anchored');
  audit
    .command('verify')
    .description('check every row, every anchor and every signature; exit code 0: intact, 1: not, 3: it cannot be told')
    .addOption(dataOption())
    .option('--json', 'as JSON')
    .addHelpText('after', VERIFY_NOTES)
    .action(async (flags: { data: string; json?: boolean }) => {
      finish(await verifyAudit({ dataDir: resolve(flags.data), json: flags.json === true }, terminal));
    });
  audit
    .command('anchor')
    .description('have the hub anchor its audit now; it does so once a day by itself')
    .addOption(dataOption())
    .option(
      '--accept-loss <why>',
      'note that rows which anchors cover are gone, as after a restore, and why; it is kept, so no patient data',
    )
    .action(async (flags: { data: string; acceptLoss?: string }) => {
      finish(await anchorAudit({ dataDir: resolve(flags.data), acceptLoss: flags.acceptLoss }, terminal));
    });

  const evidence = hilum
    .command('evidence')
    .enablePositionalOptions()
    .description('fetch evidence of technical safeguards over a period, as one signed ZIP')
    .addOption(dataOption())
    .option('--since <time>', 'the period begins here: a day, or an ISO 8601 time (default: 30 days before its end)')
    .option('--until <time>', 'the period ends before this time (default: now)')
    .option('--out <file>', 'where it is put')
    .action(async (flags: { data: string; since?: string; until?: string; out?: string }) => {
      if (flags.out === undefined) throw new UsageError('say where the pack goes with --out FILE');
      const { data, since, until, out } = flags;
      finish(await fetchEvidence({ dataDir: resolve(data), since, until, out: resolve(out) }, terminal));
    });
  evidence
    .command('verify')
    .description('check a pack: its signature, every file, the chain of the audit; exit code 0: whole, 1: not')
    .argument('<file>', 'the ZIP')
    .addOption(dataOption())
    .option('--public-key <file>', 'the hub’s public key in PEM (default: that of the data folder, if it has one)')
    .option('--json', 'as JSON')
    .action(async (file: string, flags: { data: string; publicKey?: string; json?: boolean }) => {
      const { data, publicKey, json } = flags;
      const publicKeyFile = publicKey === undefined ? undefined : resolve(publicKey);
      const options = { dataDir: resolve(data), file: resolve(file), publicKeyFile, json: json === true };
      finish(await verifyEvidence(options, terminal));
    });

  hilum
    .command('backup')
    .description('copy the data of the hub and of hospitals, while they run or not')
    .option('--to <dir>', 'where backups are kept; this one becomes a folder in it, named by its time')
    .option('--hub', 'the hub (default: the hub and every hospital)')
    .option('--site <name...>', 'these hospitals')
    .option('--no-images', 'leave the hospitals’ stores out: lists and numbers, but no images and no heat maps')
    .option('--verify <dir>', 'instead, check a backup that is there, or the newest in a folder')
    .addOption(dataOption())
    .addHelpText('after', BACKUP_NOTES)
    .action(async (flags: BackupFlags) => {
      if (flags.verify !== undefined) {
        if (flags.to !== undefined) throw new UsageError('--to and --verify do not go together: choose one');
        finish(await verify({ from: resolve(flags.verify), owners: ownersOf(flags) }, terminal));
        return;
      }
      if (flags.to === undefined)
        throw new UsageError('say where the backup goes with --to DIR, or what to check with --verify DIR');
      const options = { dataDir: resolve(flags.data), to: resolve(flags.to), images: flags.images };
      finish(await backup({ ...options, owners: ownersOf(flags) }, terminal));
    });

  hilum
    .command('restore')
    .description('bring back the hub and hospitals from a backup, into a data folder where nothing runs')
    .requiredOption('--from <dir>', 'a backup, or a folder of backups: then the newest')
    .option('--hub', 'the hub (default: everything in the backup)')
    .option('--site <name...>', 'these hospitals')
    .option('--replace', 'move data that are there aside to <name>.replaced-<time>')
    .addOption(dataOption())
    .action(async (flags: RestoreFlags) => {
      const options = { dataDir: resolve(flags.data), from: resolve(flags.from), replace: flags.replace === true };
      finish(await restore({ ...options, owners: ownersOf(flags) }, terminal));
    });

  hilum
    .command('logs')
    .description('show the last lines of one process, or of all')
    .argument('[process]', 'a name that npx hilum status shows, or supervisor')
    .addOption(dataOption())
    .option('-n, --lines <n>', 'how many lines of each', wholeNumber(0, 1_000_000), 50)
    .option('-f, --follow', 'go on showing new lines until Ctrl-C')
    .action(async (process: string | undefined, flags: { data: string; lines: number; follow?: boolean }) => {
      const { data, lines, follow } = flags;
      const options = { dataDir: resolve(data), process, lines, follow: follow === true };
      finish(await logs(options, terminal, untilInterrupted()));
    });
  pointToOwnHelp(hilum, 'npx hilum');
  return hilum;
}

const UP_NOTES = `
Ports are free ones, kept for the next start. HILUM_<PROCESS>_PORT fixes one, e.g. HILUM_HUB_PORT,
HILUM_ST_AGNES_EDGE_PORT, HILUM_HUB_KAFKA_PORT. What is fetched and built on first use is kept in
.hilum/cache, or where HILUM_CACHE_DIR says. HILUM_EDGE_…, HILUM_DISPATCHER_…, HILUM_INFERENCE_…,
HILUM_HUB_… and HILUM_LOG_LEVEL are handed on to the processes of that kind, for example
HILUM_EDGE_WEBHOOK_URL.

The data folder's state.json holds every address, token and key of what runs.
`;

const VERIFY_NOTES = `
The first bad row is named with its number, its id and what is wrong with it: changed, missing, inserted,
reordered, cut-off (the end is gone), unsigned-end, anchor-mismatch, anchor-missing or anchor-invalid.
What each means and what to do is in docs/audit.md.
`;

const BACKUP_NOTES = `
A backup holds the secrets (site key, tokens, passwords), the database and the store. It must be kept as safe as the
hospital's own data. docs/operations.md tells what is in it and how a restore goes.
`;

/** Whose data are meant; none for everything. */
function ownersOf({ hub, site }: OwnerFlags): BackupOwner[] {
  return [...(hub === true ? [hubOwner] : []), ...(site ?? []).map(siteOwner)];
}

const REPLAY_NOTES = `
For when the hub shows missing sequences of a hospital. New results go before those that are sent again.
Exit code 1: some of the events are no longer kept (30 days after they were sent), the others were sent.
`;

const DOCTOR_NOTES = `
Changes nothing. Into the intake bucket of each hospital it puts one probe object, to see that the store
tells the broker of it, and deletes it again; a probe is never taken for an image. Warnings alone are no
failure. What each check looks at: docs/operations.md.
`;

/** Has each command end a wrong use with where its own options are told: those of hilum are not among them. */
function pointToOwnHelp(command: Command, line: string): void {
  command.showHelpAfterError(`(${line} --help tells more)`);
  for (const inner of command.commands) pointToOwnHelp(inner, `${line} ${inner.name()}`);
}

function dataOption(): Option {
  return new Option('--data <dir>', 'the data folder').default(DEFAULT_DATA_DIR, '.hilum/data');
}

function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}
