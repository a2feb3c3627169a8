import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { INFERENCE_ENTRY, Pki, cacheDir, fetchParts, readFleetState } from '@hilum/local';
import { startTestPostgres } from '@hilum/runtime/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pathWith, processesOf, runNode, standIn, takePort, type ProcessResult } from '../support/environment.js';
import { hilum, type CommandResult } from '../support/hilum-command.js';
import { repositoryRoot } from '../support/repository.js';

const isRoot = process.getuid?.() === 0;
const OTHER_DATA = 'choose another --data';
const JAVA_IS_MISSING = /^Java 17 or newer is missing: install a Java runtime/m;
const STACK = /^\s+at .+:\d+:\d+/m;

// on a fresh checkout the cache is empty, and a start would rightly ask for Maven and Go as well
beforeAll(async () => {
  const parts = fetchParts(cacheDir(process.env), () => undefined, new AbortController().signal);
  await Promise.all(Object.values(parts));
});

let folder: string;
let data: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-environment-'));
  data = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const upIn = (dataDir: string, env: Record<string, string> = {}, ...args: string[]): Promise<CommandResult> =>
  hilum(['up', '--no-simulator', '--sites', '1', '--data', dataDir, ...args], env);
const up = (env: Record<string, string> = {}, ...args: string[]): Promise<CommandResult> => upIn(data, env, ...args);

/** Holds for every refusal: a plain message, nothing that runs, and nothing new on the disk. */
function expectRefusal({ code, out, err }: CommandResult, lines: readonly (string | RegExp)[], how?: string): void {
  expect(code, how === undefined ? err : `${how}: ${err}`).toBe(1);
  expect(out, how).toBe('');
  expect(err, how).not.toMatch(STACK);
  const said = err.trim().split('\n');
  expect(said, how).toEqual(
    lines.map((line): unknown =>
      typeof line === 'string' ? expect.stringContaining(line) : expect.stringMatching(line),
    ),
  );
  expect(processesOf(folder), how).toEqual([]);
}

/**
 * Holds in the foreground and with --detach. Both run side by side, for a refusal touches nothing that the other could
 * miss; they are looked at once both have ended, since none may leave anything running.
 */
async function expectUpRefused(
  lines: readonly (string | RegExp)[],
  env: Record<string, string> = {},
  ...args: string[]
): Promise<void> {
  const [inForeground, detached] = await Promise.all([up(env, ...args), up(env, ...args, '--detach')]);
  expectRefusal(inForeground, lines, 'in the foreground');
  expectRefusal(detached, lines, 'with --detach');
}

function put(path: string, content: string, dataDir: string = data): string {
  const file = join(dataDir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** Mounts a file system of its own for the length of the work. */
async function withTmpfs(options: string, work: (path: string) => Promise<void>): Promise<void> {
  const path = join(folder, 'mounted');
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  try {
    await work(path);
  } finally {
    execFileSync('umount', [path]);
  }
}

describe('hilum up, in the foreground and with --detach', () => {
  it('names the variable of a port that is taken and who holds it, and makes no folder', async () => {
    const { port, free } = await takePort();
    try {
      await expectUpRefused(
        [
          new RegExp(
            `^HILUM_HUB_PORT=${port}: this port is taken by .+ \\(pid ${process.pid}\\); free it or choose another$`,
          ),
        ],
        { HILUM_HUB_PORT: String(port) },
      );
    } finally {
      await free();
    }
    expect(existsSync(data)).toBe(false);
  });

  it('reports all that is wrong together', async () => {
    const path = pathWith(join(folder, 'bin'), ['node', 'setpriv']);
    const env = { PATH: path, HILUM_HUB_PORT: 'eighty', HILUM_ST_AGNES_EDGE_PORT: '0' };
    await expectUpRefused(
      [JAVA_IS_MISSING, '"St_Agnes" is not a site name', 'HILUM_HUB_PORT=eighty: must be a port number, 1 to 65535'],
      env,
      '--site',
      'St_Agnes',
      'st-agnes',
    );
    expect(existsSync(data)).toBe(false);
  });

  it('refuses a data folder that is a file, or below one', async () => {
    writeFileSync(data, 'not a folder');
    await expectUpRefused([`the data folder ${data} cannot be used: it is a file; ${OTHER_DATA}`]);
    const file = data;
    data = join(file, 'below');
    await expectUpRefused([`the data folder ${data} cannot be used: ${file} is a file; ${OTHER_DATA}`]);
  });

  it('refuses a data folder that cannot be written', async () => {
    const refused = async (parent: string, why: string): Promise<void> => {
      data = join(parent, 'data');
      await expectUpRefused([`the data folder ${data} cannot be used: ${why}; ${OTHER_DATA}`]);
    };
    // root may write whatever the mode says
    if (isRoot) await withTmpfs('ro', (path) => refused(path, `${path} is on a read-only file system`));
    else {
      chmodSync(folder, 0o500);
      await refused(folder, `this user may not read and write ${folder}`).finally(() => chmodSync(folder, 0o700));
    }
  });

  it.runIf(isRoot)('refuses a disk that is nearly full', async () => {
    await withTmpfs('size=50m', async (path) => {
      data = join(path, 'data');
      await expectUpRefused([
        /^only \d\d MB free in .+; at least 500 MB are needed: free some, or choose another --data$/,
      ]);
      expect(readdirSync(path)).toEqual([]);
    });
  });
});

describe('hilum up', () => {
  it('refuses a Java that is too old', async () => {
    const path = pathWith(join(folder, 'bin'), ['node', 'setpriv']);
    standIn(path, 'java', 'openjdk version "11.0.2" 2019-01-15');
    expectRefusal(await up({ PATH: path }), [/^Java 11\.0\.2 is too old, 17 or newer is needed: install/]);
  });

  it('asks for Maven and Go as well when the cache lacks what they bring', async () => {
    const path = pathWith(join(folder, 'bin'), ['node', 'setpriv']);
    standIn(path, 'go', 'go1.9');
    const env = { PATH: path, HILUM_CACHE_DIR: join(folder, 'cache') };
    expectRefusal(await up(env), [
      JAVA_IS_MISSING,
      /^Maven 3\.6 or newer is missing: install Maven/,
      /^Go 1\.9 is too old, 1\.25 or newer is needed: install Go/,
    ]);
    expect(existsSync(join(folder, 'cache'))).toBe(false);
  });

  it.runIf(isRoot)('looks at the disk of the cache when something has to be fetched', async () => {
    await withTmpfs('size=50m', async (path) => {
      expectRefusal(await up({ HILUM_CACHE_DIR: path }), [
        /^only \d\d MB free in .+; at least 1024 MB are needed: free some, or choose another folder with HILUM_CACHE_DIR$/,
      ]);
    });
  });

  it('refuses a folder of images that is missing or has none', async () => {
    const [missing, empty] = [join(folder, 'missing'), join(folder, 'empty')];
    mkdirSync(empty);
    const upWith = (images: string): Promise<CommandResult> =>
      hilum(['up', '--sites', '1', '--data', data, '--images', images]);
    const [onMissing, onEmpty] = await Promise.all([upWith(missing), upWith(empty)]);
    expectRefusal(onMissing, [`--images ${missing}: the folder cannot be read (ENOENT)`]);
    expectRefusal(onEmpty, [`--images ${empty}: the folder holds no .jpeg, .jpg or .png file`]);
  });

  it('refuses an option that cannot be, or its value', async () => {
    const cases = [
      [['--sites', '0'], "argument '0' is invalid. It must be a whole number from 1 to 50."],
      [['--rate', 'abc'], "argument 'abc' is invalid. It must be a whole number from 1 to 6000."],
      [['--rate', '0.5'], "argument '0.5' is invalid. It must be a whole number from 1 to 6000."],
      [['--frobnicate'], "unknown option '--frobnicate'"],
    ] as const;
    const told = await Promise.all(cases.map(async ([args, says]) => ({ args, says, result: await up({}, ...args) })));
    for (const { args, says, result } of told)
      expectRefusal(result, [says, 'npx hilum up --help tells more'], args.join(' '));
  });

  it('refuses the folder of another version of Hilum', async () => {
    const cases = [
      [
        JSON.stringify({ version: 2, sites: [], ports: {} }),
        'is of version 2 and this Hilum reads version 1: use the newer Hilum',
      ],
      ['{"version": 1, "sites": ["st-ag', 'is not JSON: restore it, or start anew with another --data folder'],
      [JSON.stringify({ version: 1, sites: 'st-agnes', ports: {} }), 'is not usable: '],
    ] as const;
    const told = await Promise.all(
      cases.map(async ([content, says], index) => {
        const dataDir = join(folder, `data-${index}`);
        const config = put('config.json', content, dataDir);
        return { says: `${config} ${says}`, result: await upIn(dataDir) };
      }),
    );
    for (const { says, result } of told) expectRefusal(result, [says]);
  });

  it('refuses data that other versions of the servers made, and data without its secrets', async () => {
    put('config.json', JSON.stringify({ version: 1, sites: ['st-agnes'], ports: {} }));
    put('sites/st-agnes/postgres/data/PG_VERSION', '9\n');
    put('hub/kafka/data/meta.properties', 'version=0\nbroker.id=1\ncluster.id=a\n');
    expectRefusal(await up(), [
      `${join(data, 'hub/kafka/data')} is a Kafka folder of form 0`,
      `${join(data, 'sites/st-agnes/postgres/data')} was made by PostgreSQL 9`,
      `${join(data, 'secrets/sites/st-agnes/postgres-super-password')} is missing`,
      `${join(data, 'secrets/sites/st-agnes/site-key')} is missing`,
    ]);
    expect(readdirSync(data).sort()).toEqual(['config.json', 'hub', 'sites']);
  });
});

describe('the command of a checkout', () => {
  const command = join(repositoryRoot, 'packages/local/bin/hilum.mjs');
  const run = (env: Record<string, string>, ...args: string[]): Promise<ProcessResult> =>
    runNode([command, ...args, '--data', data], { ...(process.env as Record<string, string>), ...env });

  it('says that Java is missing before it prepares anything', async () => {
    const path = pathWith(join(folder, 'bin'), ['node', 'setpriv']);
    const { code, output } = await run({ PATH: path }, 'up');
    expect([code, output.trim().split('\n')]).toEqual([1, [expect.stringMatching(JAVA_IS_MISSING)]]);
    expect(existsSync(data)).toBe(false);
  });

  it('says that Node is too old', async () => {
    // the version that a program sees is all there is to an old Node here
    const old = `data:text/javascript,${encodeURIComponent(
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.19.1' } });",
    )}`;
    const { code, output } = await run({ NODE_OPTIONS: `--import=${old}` }, 'status');
    expect([code, output.trim()]).toEqual([
      1,
      expect.stringMatching(/^Node 18\.19\.1 is too old, 20\.20 or newer is needed: install Node 20\.20/),
    ]);
  });
});

describe('a fleet', () => {
  const isFree = async (): Promise<void> => {
    expect(processesOf(data)).toEqual([]);
    expect(existsSync(join(data, 'supervisor.lock'))).toBe(false);
    expect(await hilum(['status', '--data', data])).toMatchObject({ code: 3 });
  };
  const upDetached = (env: Record<string, string> = {}): Promise<CommandResult> => up(env, '--detach', '--no-services');
  const down = async (): Promise<void> => {
    expect(await hilum(['down', '--data', data])).toMatchObject({ code: 0 });
    await isFree();
  };
  const hurt = (file: string, damage: (text: string) => string): void =>
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
  afterEach(async () => {
    await hilum(['down', '--data', data]);
  });

  it('comes up after a refusal, heals what time and power cuts do to its folder, and knows a strange password', async () => {
    const { port, free } = await takePort();
    expectRefusal(await upDetached({ HILUM_HUB_PORT: String(port) }), [`HILUM_HUB_PORT=${port}: this port is taken`]);
    await isFree();
    await free();
    const first = await upDetached({ HILUM_HUB_PORT: String(port) });
    expect(first.code, first.err).toBe(0);

    // while it runs
    const again = await up({ HILUM_HUB_PORT: String(port) }, '--detach');
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('is already running under supervisor')]);
    for (const [file, site, says] of [
      [join(folder, 'none.jpeg'), 'st-agnes', 'is not a file'],
      [import.meta.filename, 'nowhere', 'there is no site nowhere; there are: st-agnes'],
    ] as const) {
      const { code, err } = await hilum(['send', file, '--site', site, '--data', data]);
      expect([code, err]).toEqual([1, expect.stringContaining(says)]);
    }
    const site = readFleetState(data)?.sites.map(({ name }) => name);
    await down();

    // a year and a day later, after a power cut
    const pki = join(data, 'pki');
    rmSync(pki, { recursive: true });
    const longAgo = new Pki(pki, { now: () => new Date(Date.now() - 3_651 * 86_400_000) });
    for (const name of ['hub-kafka', 'hub-admin', 'st-agnes']) await longAgo.client(name);
    hurt(join(pki, 'st-agnes.key'), (text) => text.slice(0, 50));
    hurt(join(data, 'state.json'), (text) => text.slice(0, 300));
    const second = await upDetached();
    expect(second.code, second.err).toBe(0);
    expect(readFleetState(data)?.sites.map(({ name }) => name)).toEqual(site);
    const log = readFileSync(join(data, 'logs/supervisor.log'), 'utf8');
    expect(log).toMatch(/the certificate authority is made anew, and all certificates with it: it expired on \d{4}-/);
    expect(log).toMatch(/the certificate of st-agnes is made anew: a file of it is damaged/);
    await down();

    const password = join(data, 'secrets/hub/postgres-super-password');
    const before = readFileSync(password, 'utf8');
    writeFileSync(password, 'of-another-folder\n');
    const third = await upDetached();
    expect([third.code, third.err]).toEqual([1, expect.stringContaining(`than the one in ${password}: put that file`)]);
    expect(third.err).not.toContain('of-another-folder');
    await isFree();
    writeFileSync(password, before);
  }, 600_000);
});

describe('a folder in which nothing runs', () => {
  it('is no error for down, is told by status, and takes no image', async () => {
    const [down, status, send] = await Promise.all([
      hilum(['down', '--data', data]),
      hilum(['status', '--data', data]),
      hilum(['send', 'a.jpeg', '--site', 'st-agnes', '--data', data]),
    ]);
    expect(down).toMatchObject({ code: 0, out: `Nothing runs in ${data}.\n` });
    expect(status).toMatchObject({ code: 3 });
    expectRefusal(send, [`nothing runs in ${data}; start it with: npx hilum up --data ${data}`]);
    expect(existsSync(data)).toBe(false);
  });

  it('may be no folder at all', async () => {
    writeFileSync(data, '');
    data = join(data, 'below');
    const [down, status, add] = await Promise.all([
      hilum(['down', '--data', data]),
      hilum(['status', '--data', data]),
      hilum(['site', 'add', 'riverside', '--data', data]),
    ]);
    expect(down).toMatchObject({ code: 0, out: `Nothing runs in ${data}.\n` });
    expect(status).toMatchObject({ code: 3 });
    expectRefusal(add, [`the data folder ${data} cannot be used: `]);
  });

  it('may hold a state.json that was cut short', async () => {
    const file = put('state.json', '{ "version": 1, "hub": {');
    const [down, status, send] = await Promise.all([
      hilum(['down', '--data', data]),
      hilum(['status', '--data', data]),
      hilum(['send', 'a.jpeg', '--site', 'st-agnes', '--data', data]),
    ]);
    expect(status).toMatchObject({ code: 3 });
    expect(down).toMatchObject({ code: 0 });
    const anew = `npx hilum down --data ${data}, then npx hilum up --data ${data}`;
    expectRefusal(send, [`${file} is damaged or of another version; it is written anew by: ${anew}`]);
  });

  it('has no command of that name', async () => {
    expectRefusal(await hilum(['frobnicate']), ["error: unknown command 'frobnicate'", 'npx hilum --help tells more']);
  });
});

describe('a service', () => {
  const PASSWORD = 'planted-wrong-password';
  /** What the store refuses a caller with, who asks for it by the key that he shows. */
  const REFUSALS = ['InvalidAccessKeyId', 'SignatureDoesNotMatch'] as const;
  const tokens = { staff: 'a'.repeat(20), hospitalIt: 'b'.repeat(20), other: 'c'.repeat(20) };
  let postgres: Awaited<ReturnType<typeof startTestPostgres>>;
  let store: Server;
  beforeAll(async () => {
    postgres = await startTestPostgres();
    store = createHttpServer((request, response) => {
      const refusal = REFUSALS.find((code) => request.headers.authorization?.includes(`Credential=${code}/`));
      if (refusal === undefined) response.writeHead(404).end();
      else
        response
          .writeHead(403, { 'content-type': 'application/xml' })
          .end(`<?xml version="1.0"?><Error><Code>${refusal}</Code><Message>no</Message></Error>`);
    });
    await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', () => resolve()));
    await askForPasswords();
  });
  afterAll(async () => {
    await new Promise((resolve) => store.close(resolve));
    await postgres.stop();
  });

  /** The test server trusts everybody; for this role it is to behave as a real one. */
  async function askForPasswords(): Promise<void> {
    const client = new pg.Client({ connectionString: postgres.databaseUrl });
    await client.connect();
    try {
      await client.query(`create role guarded login password 'the-right-one'`);
      const { rows } = await client.query<{ hba_file: string }>('show hba_file');
      const rules = ['host all guarded 127.0.0.1/32 scram-sha-256', 'host all all 127.0.0.1/32 trust'];
      await client.query(
        `copy (select unnest(array[${rules.map((rule) => client.escapeLiteral(rule)).join(',')}])) to ${client.escapeLiteral(rows[0]?.hba_file ?? '')}`,
      );
      await client.query('select pg_reload_conf()');
    } finally {
      await client.end();
    }
  }

  const guardedUrl = (): string => {
    const url = new URL(postgres.databaseUrl);
    [url.username, url.password] = ['guarded', PASSWORD];
    return url.href;
  };

  const entries = {
    hub: 'hub/dist/hub-process.js',
    edge: 'edge/dist/edge-process.js',
    dispatcher: 'edge/dist/dispatcher-process.js',
    inference: INFERENCE_ENTRY,
  };

  const { privateKey: auditKey } = generateKeyPairSync('ed25519');

  /** Everything right, but for a broker that is away, which every service waits for. */
  function environment(): Record<string, string> {
    const { port: storePort } = store.address() as AddressInfo;
    return {
      PATH: process.env['PATH'] ?? '',
      HILUM_KAFKA_BROKERS: '127.0.0.1:1',
      HILUM_SITE_NAME: 'st-agnes',
      HILUM_SITE_KEY: 'ab'.repeat(32),
      HILUM_S3_ENDPOINT: `http://127.0.0.1:${storePort}`,
      HILUM_S3_ACCESS_KEY_ID: 'key',
      HILUM_S3_SECRET_ACCESS_KEY: 'planted-store-secret',
      HILUM_DATABASE_URL: postgres.databaseUrl,
      HILUM_HUB_PORT: '1',
      HILUM_HUB_AUDIT_KEY: auditKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      HILUM_HUB_HOSPITAL_IT_TOKEN: tokens.hospitalIt,
      HILUM_HUB_DATA_SCIENCE_TOKEN: tokens.staff,
      HILUM_HUB_COMPLIANCE_TOKEN: tokens.other,
      HILUM_EDGE_PORT: '1',
      HILUM_EDGE_STAFF_TOKEN: tokens.staff,
      HILUM_EDGE_HOSPITAL_IT_TOKEN: tokens.hospitalIt,
      HILUM_EDGE_INFERENCE_URL: 'http://127.0.0.1:1',
      HILUM_DISPATCHER_PORT: '1',
      HILUM_DISPATCHER_SINK_URL: 'http://127.0.0.1:1',
      HILUM_INFERENCE_PORT: '1',
      HILUM_INFERENCE_RELEASE_DIR: join(repositoryRoot, 'inference/model/fixtures/tiny-release'),
    };
  }

  /** Its words, and that it ended with the status of a wrong configuration without showing a secret or a stack. */
  async function refusalOf(kind: keyof typeof entries, changes: Record<string, string>): Promise<string[]> {
    const { port, free } = await takePort();
    await free();
    const ports = { [`HILUM_${kind.toUpperCase()}_PORT`]: String(port) };
    const { code, output } = await runNode([join(repositoryRoot, entries[kind])], {
      ...environment(),
      ...ports,
      ...changes,
    });
    expect(code, output).toBe(78);
    expect(output).not.toMatch(STACK);
    for (const secret of [PASSWORD, 'planted-store-secret']) expect(output).not.toContain(secret);
    const lines = output.split('\n').filter((line) => line.startsWith('  - '));
    expect(output).toContain(`${kind}: HILUM_CONFIG_INVALID: ${lines.length} problem(s)`);
    return lines.map((line) => line.slice('  - '.length));
  }

  describe.each(['hub', 'edge', 'dispatcher', 'inference'] as const)('(%s)', (kind) => {
    it('does not start with a certificate that has expired', async () => {
      const longAgo = new Date(Date.now() - 400 * 86_400_000);
      const { ca, cert, key } = await new Pki(join(folder, 'pki'), { now: () => longAgo }).client('st-agnes');
      const files = { HILUM_KAFKA_TLS_CA_FILE: ca, HILUM_KAFKA_TLS_CERT_FILE: cert, HILUM_KAFKA_TLS_KEY_FILE: key };
      const stranger = await new Pki(join(folder, 'other')).client('st-agnes');
      const garbled = join(folder, 'garbled.crt');
      writeFileSync(garbled, 'garbled');
      const [ofExpired, ofMixed] = await Promise.all([
        refusalOf(kind, files),
        refusalOf(kind, {
          ...files,
          HILUM_KAFKA_TLS_CA_FILE: garbled,
          HILUM_KAFKA_TLS_CERT_FILE: stranger.cert,
          HILUM_SITE_NAME: 'st-agnes',
        }),
      ]);
      expect(ofExpired).toEqual([
        expect.stringMatching(
          new RegExp(`^HILUM_KAFKA_TLS_CERT_FILE: ${cert} \\(CN=st-agnes\\) expired on \\d{4}-.+Z: renew it$`),
        ),
      ]);
      expect(ofMixed).toEqual([
        `HILUM_KAFKA_TLS_CA_FILE: ${garbled} holds no whole PEM certificate: copy it there again`,
        `HILUM_KAFKA_TLS_KEY_FILE: the key in ${key} is not that of the certificate in ${stranger.cert}: name a pair`,
      ]);
    });
  });

  it('(hub, edge) does not start with a wrong password of its database', async () => {
    const kinds = ['hub', 'edge'] as const;
    const refusals = await Promise.all(kinds.map((kind) => refusalOf(kind, { HILUM_DATABASE_URL: guardedUrl() })));
    for (const [index, refusal] of refusals.entries())
      expect(refusal, kinds[index]).toEqual([
        `HILUM_DATABASE_URL: the database at ${new URL(postgres.databaseUrl).host} refuses user "guarded" with the password given (28P01): correct user and password`,
      ]);
  });

  it.each([
    ['InvalidAccessKeyId', 'HILUM_S3_ACCESS_KEY_ID'],
    ['SignatureDoesNotMatch', 'HILUM_S3_SECRET_ACCESS_KEY'],
  ] as const)(
    '(hub, edge, inference) does not start with keys that the store answers with %s',
    async (code, variable) => {
      const kinds = ['hub', 'edge', 'inference'] as const;
      const refusals = await Promise.all(kinds.map((kind) => refusalOf(kind, { HILUM_S3_ACCESS_KEY_ID: code })));
      for (const [index, refusal] of refusals.entries())
        expect(refusal, kinds[index]).toEqual([
          expect.stringMatching(new RegExp(`^${variable}: .*\\(${code}\\): give`)),
        ]);
    },
  );
});
