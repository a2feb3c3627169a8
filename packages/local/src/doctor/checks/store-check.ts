import { join } from 'node:path';
import { buckets as bucketNames } from '../../fleet/fleet-access.js';
import { AwayError } from '../adapters/away-error.js';
import { askHttp } from '../adapters/http-question.js';
import { withStore } from '../adapters/store-session.js';
import { HUB, combine, failed, skipped, type Check, type Finding } from '../check.js';
import { siteState, whyNotRunning, type Examination } from '../examination.js';
import { downSince } from '../hub-memory.js';
import { heldUpSince, logLines } from '../log-times.js';
import { notAnswering, processFix } from '../process-trouble.js';

/** One bucket: is it there, and what do those get who do not sign their request? */
export interface BucketFacts {
  bucket: string;
  exists: boolean;
  /** statuses of an unsigned listing and of an unsigned read of an object */
  unsigned: readonly number[];
}

const FORBIDDEN = 403;

/** @param again restarts the store, which makes missing buckets */
export function bucketFindings(facts: readonly BucketFacts[], again: string): Finding[] {
  return facts.flatMap(({ bucket, exists, unsigned }): Finding[] => {
    if (!exists) return [failed(`there is no bucket ${bucket}`, { fix: again })];
    const open = unsigned.filter((status) => status !== FORBIDDEN);
    if (open.length === 0) return [];
    return [
      failed(`bucket ${bucket} answers ${open[0]} to requests without a signature, not 403`, {
        fix: `aws s3api put-bucket-acl --bucket ${bucket} --acl private; aws s3api delete-bucket-policy --bucket ${bucket}`,
      }),
    ];
  });
}

/** What those get who do not sign: statuses of a listing and of a read. @param url of the bucket */
export async function unsignedAnswers(process: string, url: string, signal: AbortSignal): Promise<number[]> {
  const answers = [`${url}?list-type=2`, `${url}/hilum-doctor`].map((address) => askHttp(process, address, signal));
  return (await Promise.all(answers)).map(({ status }) => status);
}

/** A store answers under its keys, has its buckets, and shows them to nobody else. */
export function storeCheck(examination: Examination, subject: string): Check {
  const process = `${subject}-store`;
  return {
    name: 'store',
    subject,
    run: async (signal) => {
      const site = siteState(examination, subject);
      const access = subject === HUB ? examination.state?.hub.s3 : site?.s3;
      const why = whyNotRunning(examination, process);
      if (why !== null || access === undefined) return skipped(why ?? 'state.json does not know it');
      const buckets =
        subject === HUB ? [bucketNames.hubAudit] : [site?.s3.intakeBucket ?? '', site?.s3.resultsBucket ?? ''];
      try {
        const facts = await withStore(process, access, (store) =>
          Promise.all(
            buckets.map(async (bucket): Promise<BucketFacts> => {
              const url = `${access.endpoint}/${bucket}`;
              const exists = await store.hasBucket(bucket);
              return { bucket, exists, unsigned: await unsignedAnswers(process, url, signal) };
            }),
          ),
        );
        const again = processFix(examination, process);
        return combine(bucketFindings(facts, again), `answers; ${buckets.join(' and ')} closed to others`);
      } catch (error) {
        if (!(error instanceof AwayError)) throw error;
        return notAnswering(examination, process, error, () => since(examination, subject, signal));
      }
    },
  };
}

/** The edge notices: its reconciler lists the bucket every few seconds, its heartbeat tells the hub. */
async function since(examination: Examination, subject: string, signal: AbortSignal): Promise<string | null> {
  if (subject === HUB) return null;
  const log = logLines(join(examination.dataDir, `logs/${subject}-edge.log`));
  return heldUpSince(log, 'the reconciler') ?? downSince(examination, subject, 'store', signal);
}
