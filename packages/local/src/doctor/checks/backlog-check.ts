import { siteTopics } from '@hilum/contracts';
import { KafkaAdmin } from '@hilum/runtime';
import { commandLine } from '../../parts/command-line.js';
import { AwayError } from '../adapters/away-error.js';
import { withBroker } from '../adapters/broker-session.js';
import { askHttp } from '../adapters/http-question.js';
import { combine, failed, skipped, warning, type Check, type Finding } from '../check.js';
import { siteState, whyNotRunning, type Examination } from '../examination.js';
import { metricValue } from '../metric-value.js';

/** As in edge/src/dispatcher-process.ts, which nobody may import. */
const DISPATCHER_GROUP = 'edge.dispatcher';
const OLD_SECONDS = 120;
const VERY_OLD_SECONDS = 15 * 60;
const MANY_RECORDS = 500;

export interface Backlog {
  /** records on the upload topic that are not delivered yet */
  lag: number;
  /** that nobody has settled, as of the site's last heartbeat; null when the edge cannot be asked */
  deadLetters: number | null;
  /** of the oldest image without an outcome; null when the edge cannot be asked */
  oldestUnscoredAgeSeconds: number | null;
}

export function backlogFinding(
  examination: Examination,
  site: string,
  { lag, deadLetters, oldestUnscoredAgeSeconds: age }: Backlog,
): Finding {
  const findings: Finding[] = [];
  const fix = `${commandLine(examination, `logs ${site}-dispatcher`)}\n${commandLine(examination, `logs ${site}-inference`)}`;
  if (age !== null && age > OLD_SECONDS)
    findings.push(
      (age > VERY_OLD_SECONDS ? failed : warning)(
        `the oldest image without an outcome has waited for ${Math.round(age / 60)} min`,
        { since: new Date(examination.now().getTime() - age * 1000).toISOString(), fix },
      ),
    );
  if (lag > MANY_RECORDS) findings.push(warning(`${lag} notifications wait for delivery`, { fix }));
  if (deadLetters !== null && deadLetters > 0)
    findings.push(
      warning(`${deadLetters} ${deadLetters === 1 ? 'notification lies' : 'notifications lie'} in the dead letters`, {
        fix: commandLine(examination, `dlq list --site ${site}`),
      }),
    );
  return combine(findings, `${lag} notifications wait${deadLetters === null ? '' : ', no dead letters'}`);
}

/** Images are delivered to the scoring service as they come. */
export function backlogCheck(examination: Examination, site: string): Check {
  return {
    name: 'backlog',
    subject: site,
    run: async (signal) => {
      const why = whyNotRunning(examination, `${site}-dispatcher`, `${site}-kafka`);
      const access = siteState(examination, site);
      if (why !== null || access === null) return skipped(why ?? 'it is not running');
      const [told, lag] = await Promise.all([
        askHttp(`${site}-edge`, `${access.url}/metrics`, signal).then(
          ({ text }) => ({
            oldestUnscoredAgeSeconds: metricValue(text, 'hilum_edge_oldest_unscored_age_seconds'),
            deadLetters: metricValue(text, 'hilum_edge_dead_letters'),
          }),
          (error: unknown) => {
            if (error instanceof AwayError) return { oldestUnscoredAgeSeconds: null, deadLetters: null };
            throw error;
          },
        ),
        withBroker(`the broker of ${site}`, access.kafka, null, async ({ kafka }) => {
          const admin = new KafkaAdmin(kafka);
          try {
            return await admin.lag(DISPATCHER_GROUP, siteTopics.uploads);
          } finally {
            await admin.close();
          }
        }),
      ]);
      return backlogFinding(examination, site, { lag, ...told });
    },
  };
}
