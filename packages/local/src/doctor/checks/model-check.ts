import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { repositoryDir } from '../../parts/paths.js';
import { askHttp } from '../adapters/http-question.js';
import { MACHINE, failed, ok, skipped, warning, type Check, type Finding } from '../check.js';
import { siteState, whyNotRunning, type Examination } from '../examination.js';
import { metricLabels } from '../metric-value.js';
import { processFix } from '../process-trouble.js';

/** As much of release.json as names the weights; the scoring service reads and judges the rest. */
const releaseHead = z.looseObject({
  name: z.string(),
  version: z.string(),
  model: z.looseObject({
    file: z.string(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
    bytes: z.number(),
  }),
});

export type ShippedRelease =
  { kind: 'sound'; name: string; version: string; digest: string } | { kind: 'broken'; detail: string };

/** The folder that the scoring services load, by the environment in which the fleet is started. */
export function releaseDir({ env }: Pick<Examination, 'env'>): string {
  const chosen = env['HILUM_INFERENCE_RELEASE_DIR'];
  return chosen === undefined || chosen === '' ? join(repositoryDir, 'inference/release') : resolve(chosen);
}

/** Reads release.json and holds the weights beside it against the digest in it. */
export function readRelease(dir: string): ShippedRelease {
  const broken = (detail: string): ShippedRelease => ({ kind: 'broken', detail });
  let head: z.infer<typeof releaseHead>;
  try {
    const parsed = releaseHead.safeParse(JSON.parse(readFileSync(join(dir, 'release.json'), 'utf8')));
    if (!parsed.success) {
      const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      return broken(`release.json does not conform: ${fields.join('; ')}`);
    }
    head = parsed.data;
  } catch (error) {
    return broken(`release.json in ${dir} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'not JSON'})`);
  }
  let weights: Buffer;
  try {
    // the plain name alone: a path in it must not lead elsewhere
    weights = readFileSync(join(dir, basename(head.model.file)));
  } catch (error) {
    return broken(
      `${head.model.file} in ${dir} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    );
  }
  const sha256 = createHash('sha256').update(weights).digest('hex');
  if (weights.length !== head.model.bytes || sha256 !== head.model.sha256)
    return broken(
      `${head.model.file} has ${weights.length} bytes and sha256 ${short(sha256)}, ` +
        `release.json names ${head.model.bytes} and ${short(head.model.sha256)}`,
    );
  return { kind: 'sound', name: head.name, version: head.version, digest: `sha256:${sha256}` };
}

export function releaseFinding(release: ShippedRelease, dir: string): Finding {
  if (release.kind === 'sound')
    return ok(`${release.name} ${release.version}, weights as released (${short(release.digest)})`);
  return failed(`the model release is broken: ${release.detail}`, {
    fix: `fetch the release again into ${dir}, such as: git checkout -- inference/release`,
  });
}

/** The shipped release is whole: a scoring service that is started would load it. */
export function releaseCheck(examination: Examination): Check {
  return {
    name: 'model',
    subject: MACHINE,
    run: () => {
      const dir = releaseDir(examination);
      return releaseFinding(readRelease(dir), dir);
    },
  };
}

/** Holds what a site scores with against the release that is shipped here. */
export function servedModelFinding(
  release: ShippedRelease,
  served: { name: string; version: string; digest: string } | null,
  { inference, fix }: { inference: string; fix: string },
): Finding {
  if (served === null) return warning(`${inference} does not tell which model it serves`, { fix });
  const text = `${served.name} ${served.version} (${short(served.digest)})`;
  if (release.kind === 'broken') return skipped(`serves ${text}; the release here cannot be compared`);
  if (served.digest === release.digest) return ok(`serves ${text}`);
  return warning(`${inference} serves ${text}, the release here is ${release.version} (${short(release.digest)})`, {
    fix,
  });
}

/** The site scores with the weights of the release, and so with the same as all others. */
export function servedModelCheck(examination: Examination, site: string): Check {
  const inference = `${site}-inference`;
  return {
    name: 'model',
    subject: site,
    run: async (signal) => {
      const why = whyNotRunning(examination, inference);
      const access = siteState(examination, site);
      if (why !== null || access === null) return skipped(why ?? 'it is not running');
      const { text } = await askHttp(inference, `${access.inferenceUrl}/metrics`, signal);
      const { name, version, digest } = metricLabels(text, 'hilum_inference_model_info') ?? {};
      const served =
        name === undefined || version === undefined || digest === undefined ? null : { name, version, digest };
      return servedModelFinding(readRelease(releaseDir(examination)), served, {
        inference,
        fix: processFix(examination, inference),
      });
    },
  };
}

function short(digest: string): string {
  return `${digest.replace('sha256:', '').slice(0, 12)}…`;
}
