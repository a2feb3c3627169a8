import { createLogger, type Logger } from '@hilum/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.js';
import { seededRandom } from './radiograph/random.js';
import { ShipmentRefusedError, type Shipment, type ShipmentClient, type Way } from './shipment.js';
import type { ImageSource } from './simulated-image.js';
import { MAX_IN_FLIGHT_PER_SITE, MAX_TRIES, Simulator } from './simulator.js';
import type { TargetSite } from './site-list.js';

interface Sent {
  site: string;
  url: string;
  way: Way;
  at: number;
  shipment: Shipment;
}

function siteNamed(name: string, url = `http://${name}.example`): TargetSite {
  const s3 = {
    endpoint: url,
    region: 'us-east-1',
    accessKeyId: 'a',
    secretAccessKey: 'b',
    intakeBucket: 'xray-intake',
  };
  return { name, url, staffToken: 'token', s3 };
}

const images: ImageSource = {
  next: () =>
    Promise.resolve({
      bytes: Buffer.from('image'),
      contentType: 'image/jpeg' as const,
      patient: {
        givenName: 'Ada',
        familyName: 'Ashgrove',
        id: '123456',
        birthDate: '1970-01-01',
        studyDate: '2020-01-01',
      },
    }),
};

/** Lets everything that only waits for promises go on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the simulator', () => {
  let clock: FakeClock;
  let stop: AbortController;
  let sites: TargetSite[];
  let tries: Sent[];
  let sent: Sent[];
  let lines: Record<string, unknown>[];
  let log: Logger;
  /** how a site answers, per try; nothing: it takes the image */
  let answer: (attempt: Sent, signal: AbortSignal) => Promise<void>;
  let running: Promise<void>;

  function client(way: Way): ShipmentClient {
    return {
      send: async (site, shipment, signal) => {
        const attempt = { site: site.name, url: site.url, way, at: clock.now(), shipment };
        tries.push(attempt);
        await answer(attempt, signal);
        sent.push(attempt);
      },
    };
  }

  function start(ratePerMinute: number, source: ImageSource = images): void {
    const list = { current: () => sites, find: (name: string) => sites.find((site) => site.name === name) };
    const simulator = new Simulator({
      ratePerMinute,
      sites: list,
      images: source,
      clients: { s3: client('s3'), http: client('http') },
      random: seededRandom(5),
      clock,
      log,
    });
    running = simulator.run(stop.signal);
  }

  /** Moves the clock on, sleeper by sleeper, up to and with the given time. */
  async function until(ms: number): Promise<void> {
    await settled();
    while (clock.nextWake !== null && clock.nextWake <= ms) {
      clock.tick();
      await settled();
    }
  }

  beforeEach(() => {
    clock = new FakeClock();
    stop = new AbortController();
    sites = [siteNamed('st-agnes'), siteNamed('riverside')];
    tries = [];
    sent = [];
    lines = [];
    answer = () => Promise.resolve();
    const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
    log = createLogger({ process: 'simulator', level: 'debug', destination });
  });

  afterEach(async () => {
    stop.abort();
    await running;
  });

  const levels = (): unknown[] => lines.map((line) => line['level']);

  it('sends at an even pace, to the sites in turn, half by S3 and half by HTTP at each', async () => {
    start(30);
    await until(14_000);

    expect(sent.map(({ at }) => at)).toEqual([0, 2000, 4000, 6000, 8000, 10_000, 12_000, 14_000]);
    expect(sent.map(({ site, way }) => `${site} ${way}`)).toEqual([
      'st-agnes s3',
      'riverside s3',
      'st-agnes http',
      'riverside http',
      'st-agnes s3',
      'riverside s3',
      'st-agnes http',
      'riverside http',
    ]);
  });

  it('gives each image a key, an idempotency key and a trace of its own, and makes some of them urgent', async () => {
    start(600);
    await until(10_000);

    const shipments = sent.map(({ shipment }) => shipment);
    expect(new Set(shipments.map(({ key }) => key)).size).toBe(shipments.length);
    expect(new Set(shipments.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(shipments.length);
    expect(new Set(shipments.map(({ trace }) => trace.traceId)).size).toBe(shipments.length);
    expect(new Set(shipments.map(({ priority }) => priority))).toEqual(new Set(['routine', 'stat']));
    expect(shipments[0]?.key).toMatch(/^CR_Ada Ashgrove_123456_2020-01-01_[0-9a-f]{8}\.jpeg$/);
  });

  it('logs a line per image with site, way, bytes and time, and no name', async () => {
    start(30);
    await until(2000);

    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ level: 'info', site: 'st-agnes', way: 's3', bytes: 5, ms: 0, msg: 'image sent' });
    expect(JSON.stringify(lines)).not.toMatch(/Ada|Ashgrove|123456|1970|CR_/);
  });

  it('keeps the pace of one site while the other fails, and never has more than so many on their way', async () => {
    answer = ({ site }) => (site === 'riverside' ? Promise.reject(new ShipmentRefusedError(503)) : Promise.resolve());
    start(60);
    await until(40_000);

    const arrivals = sent.filter(({ site }) => site === 'st-agnes').map(({ at }) => at);
    expect(arrivals).toEqual(Array.from({ length: 21 }, (_, turn) => turn * 2000));
    expect(sent.some(({ site }) => site === 'riverside')).toBe(false);
    const inFlight = new Set(tries.filter(({ site }) => site === 'riverside').map(({ shipment }) => shipment.key));
    expect(inFlight.size).toBe(MAX_IN_FLIGHT_PER_SITE);
    expect(lines.filter(({ msg }) => msg === 'the site is behind, leaving out its turns')).toHaveLength(1);
    expect(levels()).not.toContain('error');
  });

  it('tries again with growing waits and the same keys, and tells of it as a warning', async () => {
    answer = () => (tries.length < 4 ? Promise.reject(new ShipmentRefusedError(503)) : Promise.resolve());
    start(1);
    await until(10_000);

    const waits = tries.slice(1).map(({ at }, i) => at - (tries[i]?.at ?? 0));
    expect(tries).toHaveLength(4);
    expect(new Set(tries.map(({ shipment }) => shipment.idempotencyKey)).size).toBe(1);
    expect(new Set(tries.map(({ shipment }) => shipment.key)).size).toBe(1);
    expect(waits[0]).toBeGreaterThanOrEqual(400);
    expect(waits[2]).toBeGreaterThan(2 * (waits[0] ?? 0));
    expect(levels()).toEqual(['warn', 'warn', 'warn', 'info']);
    expect(lines[0]).toMatchObject({ failure: '503', attempt: 1 });
  });

  it('gives an image up when it is refused for good, or when the tries are used up', async () => {
    answer = ({ site }) => Promise.reject(new ShipmentRefusedError(site === 'st-agnes' ? 415 : 503));
    start(1);
    await until(300_000);

    const first = tries.filter(({ shipment }) => shipment.key === tries[0]?.shipment.key);
    const other = tries.find(({ site }) => site === 'riverside')?.shipment.key;
    expect(first).toHaveLength(1);
    expect(tries.filter(({ shipment }) => shipment.key === other)).toHaveLength(MAX_TRIES);
    expect(lines.filter(({ msg }) => msg === 'image given up')[0]).toMatchObject({ level: 'warn', failure: '415' });
  });

  it('follows a site to its new address between two tries, and serves one that was added', async () => {
    answer = ({ url }) => (url === 'http://old.example' ? Promise.reject(new Error('away')) : Promise.resolve());
    sites = [siteNamed('st-agnes', 'http://old.example')];
    start(30);
    await until(500);
    sites = [siteNamed('st-agnes', 'http://new.example'), siteNamed('site-3')];
    await until(4000);

    expect(sent.map(({ url }) => url)).toContain('http://new.example');
    expect(sent.map(({ site }) => site)).toContain('site-3');
    expect(sent[0]?.shipment.key).toBe(tries[0]?.shipment.key);
  });

  it('waits for a first site without making images meanwhile', async () => {
    let made = 0;
    sites = [];
    start(60, { next: () => ((made += 1), images.next()) });
    await until(30_000);
    expect(made).toBe(1);

    sites = [siteNamed('st-agnes')];
    await until(32_000);
    expect(sent.length).toBeGreaterThanOrEqual(1);
  });

  it('goes on with the next image when one cannot be made ready', async () => {
    let turn = 0;
    start(30, { next: () => ((turn += 1), turn === 1 ? Promise.reject(new Error('gone')) : images.next()) });
    await until(2000);

    expect(sent).toHaveLength(1);
    expect(levels()).toEqual(['warn', 'info']);
  });

  it('does not catch up in a burst after a stall', async () => {
    start(60);
    await until(1000);
    // a machine that slept: a minute passes while nobody looks
    void clock.wait(60_000, stop.signal);
    const before = sent.length;
    clock.tick();
    await settled();
    await until(clock.now());

    expect(sent.length - before).toBeLessThanOrEqual(1);
  });

  it('ends at once when told to, breaking off what is on its way', async () => {
    answer = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('broken off')));
      });
    start(60);
    await until(3000);
    expect(tries).toHaveLength(4);
    stop.abort();
    await running;

    expect(sent).toEqual([]);
    expect(lines).toEqual([]);
  });
});
