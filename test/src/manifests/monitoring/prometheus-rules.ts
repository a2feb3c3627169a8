import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { repositoryRoot } from '../../support/repository.js';

const SOURCES = 'hub/monitoring/rules';

/** Which rules a Prometheus gets where, and in which file; docs/monitoring.md says why these. */
export const RULE_MANIFESTS = {
  'gitops/infrastructure/configs/hub/base/rules.yaml': ['recording', 'hub', 'compliance', 'sites'],
  'gitops/infrastructure/configs/edge/base/rules.yaml': ['inside-a-site'],
} as const;

/** The text of a manifest with the rules of some files of `hub/monitoring/rules`, as the Prometheus operator takes them. */
export function ruleManifest(names: readonly string[]): string {
  const groups = names.flatMap((name) => {
    const text = readFileSync(join(repositoryRoot, SOURCES, `${name}.rules.yaml`), 'utf8');
    return (parse(text) as { groups: unknown[] }).groups;
  });
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: 'hilum',
      namespace: 'hilum',
      annotations: { 'argocd.argoproj.io/sync-wave': '2' },
    },
    spec: { groups },
  };
  const comment = `# Made of ${SOURCES} by \`npm run rules:write\`; not edited by hand.\n`;
  return comment + stringify(rule, { lineWidth: 0, singleQuote: true });
}
