import { absentParts } from '../../../bin/lib/parts.mjs';
import { isAtLeast, prerequisitesFor, type Prerequisite } from '../../../bin/lib/prerequisites.mjs';
import { cacheDir, packageDir } from '../../parts/paths.js';
import { MACHINE, combine, failed, ok, type Check, type Finding } from '../check.js';
import type { Examination } from '../examination.js';

export type FoundPrerequisite = Pick<Prerequisite, 'name' | 'least' | 'how'> & { found: string | undefined };

export function prerequisitesFinding(found: readonly FoundPrerequisite[]): Finding {
  const findings = found.map(({ name, least, how, found: version }) => {
    if (version === undefined) return failed(`${name} ${least} or newer is missing`, { fix: how });
    if (!isAtLeast(version, least))
      return failed(`${name} ${version} is too old, ${least} or newer is needed`, { fix: how });
    return ok(`${name} ${version}`);
  });
  return combine(findings, findings.map(({ detail }) => detail).join(', '));
}

/** What `hilum up` would need here: Maven and Go only for parts that the cache lacks, setpriv only for root. */
export function neededPrerequisites(env: NodeJS.ProcessEnv): readonly Prerequisite[] {
  return prerequisitesFor(absentParts(packageDir, cacheDir(env)));
}

/** The programs that are needed here are there and new enough. */
export function prerequisitesCheck({ env }: Pick<Examination, 'env'>): Check {
  return {
    name: 'prerequisites',
    subject: MACHINE,
    run: async () =>
      prerequisitesFinding(
        await Promise.all(
          neededPrerequisites(env).map(async ({ name, least, how, version }) => ({
            name,
            least,
            how,
            found: await version().catch(() => undefined),
          })),
        ),
      ),
  };
}
