import { isAtLeast, prerequisites, type Prerequisite } from '../../../bin/lib/prerequisites.mjs';
import { MACHINE, combine, failed, ok, type Check, type Finding } from '../check.js';

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

/** Node, Java, Maven and Go, with their versions. */
export function prerequisitesCheck(): Check {
  return {
    name: 'prerequisites',
    subject: MACHINE,
    run: async () =>
      prerequisitesFinding(
        await Promise.all(
          prerequisites.map(async ({ name, least, how, version }) => ({
            name,
            least,
            how,
            found: await version().catch(() => undefined),
          })),
        ),
      ),
  };
}
