import { PROBE_KEY_PREFIX, isProbeKey, probeKey, siteTopics } from '@hilum/contracts';
import { EventEmitter, once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { withBroker, type BrokerSession } from '../adapters/broker-session.js';
import { withStore } from '../adapters/store-session.js';
import { failed, ok, skipped, type Check, type Finding } from '../check.js';
import { siteState, whyNotRunning, type Examination } from '../examination.js';
import { processFix } from '../process-trouble.js';

/** A notification is there within a tenth of a second; so long it is waited for. */
const WAIT_MS = 8_000;
const LIMIT_MS = 25_000;

/** Hears the messages of a topic from now on. */
export interface TopicEar {
  /** Resolves with the milliseconds it took until a message held the text; null when none did in time. */
  waitFor(text: string, sentAtMs: number): Promise<number | null>;
}

/** What a probe that is this old was left for: its store took it in after we had stopped waiting. */
const LEFT_BEHIND_MS = 5 * 60_000;

/** Port: puts an object and takes it away again. */
export interface ProbeStore {
  /** Probes that lie in the bucket. */
  list(): Promise<{ key: string; storedAt: Date }[]>;
  put(key: string): Promise<{ versionId: string | null }>;
  delete(key: string, versionId: string | null): Promise<void>;
}

/** Deletes the probes that others left behind. */
export async function sweepProbes(store: ProbeStore, now: number): Promise<void> {
  for (const { key, storedAt } of await store.list())
    if (isProbeKey(key) && now - storedAt.getTime() > LEFT_BEHIND_MS) await store.delete(key, null);
}

/** Sends one probe object the way of an image up to the broker; deletes it whatever happens. */
export async function sendProbe(
  store: ProbeStore,
  ear: TopicEar,
  { now, fix }: { now: () => number; fix: string },
): Promise<Finding> {
  await sweepProbes(store, now());
  const key = probeKey();
  // Stores write the slash of a key in different ways; the random part is the same in all.
  const mark = key.slice(key.lastIndexOf('/') + 1);
  const sentAt = now();
  const { versionId } = await store.put(key);
  try {
    const tookMs = await ear.waitFor(mark, sentAt);
    if (tookMs !== null) return ok(`the store told the broker of a probe object after ${Math.round(tookMs)} ms`);
    return failed(
      `the store took a probe object but did not tell the broker within ${WAIT_MS / 1000} s; images are still found by the reconciler, later`,
      { fix },
    );
  } finally {
    await store.delete(key, versionId);
  }
}

/** An object that is put into a site's intake bucket is announced on the upload topic. Leaves nothing behind. */
export function notificationFlowCheck(examination: Examination, site: string): Check {
  return {
    name: 'notification-flow',
    subject: site,
    limitMs: LIMIT_MS,
    run: async () => {
      const why = whyNotRunning(examination, `${site}-store`, `${site}-kafka`);
      const access = siteState(examination, site);
      if (why !== null || access === null) return skipped(why ?? 'it is not running');
      const { s3, kafka } = access;
      return withBroker(`the broker of ${site}`, kafka, null, (session) =>
        withEar(session, siteTopics.uploads, (ear) =>
          withStore(`the store of ${site}`, s3, (store) =>
            sendProbe(
              {
                list: () => store.list(s3.intakeBucket, PROBE_KEY_PREFIX),
                put: (key) => store.put(s3.intakeBucket, key, Buffer.from('hilum doctor')),
                delete: (key, versionId) => store.delete(s3.intakeBucket, key, versionId),
              },
              ear,
              { now: () => examination.now().getTime(), fix: processFix(examination, `${site}-store`) },
            ),
          ),
        ),
      );
    },
  };
}

/** Reads a topic from its present end in a group of its own, which is removed afterwards. */
async function withEar<T>(
  { kafka, admin }: BrokerSession,
  topic: string,
  work: (ear: TopicEar) => Promise<T>,
): Promise<T> {
  const ends = await admin.fetchTopicOffsets(topic);
  const groupId = `hilum.doctor-${randomBytes(6).toString('hex')}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 250, allowAutoTopicCreation: false });
  const heard: { text: string; atMs: number }[] = [];
  const news = new EventEmitter();
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ message }) => {
        heard.push({ text: String(message.value), atMs: Date.now() });
        news.emit('message');
        return Promise.resolve();
      },
    });
    for (const { partition, high } of ends) consumer.seek({ topic, partition, offset: high });
    return await work({
      waitFor: async (text, sentAtMs) => {
        const tooLate = AbortSignal.timeout(WAIT_MS);
        for (;;) {
          const found = heard.find((message) => message.text.includes(text));
          if (found !== undefined) return found.atMs - sentAtMs;
          if (tooLate.aborted) return null;
          await once(news, 'message', { signal: tooLate }).catch(() => undefined);
        }
      },
    });
  } finally {
    await consumer.disconnect().catch(() => undefined);
    await admin.deleteGroups([groupId]).catch(() => undefined);
  }
}
