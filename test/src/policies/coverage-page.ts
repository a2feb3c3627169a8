import { LOCAL_POLICIES } from '@hilum/local';
import { controlsFile, policyFolders, policySets, type ControlClause, type PolicyFolder } from './policy-folders.js';

/** Where the page is kept. */
export const COVERAGE_PAGE = 'docs/coverage.md';

/**
 * The page that says which policy and which check shows that which technical safeguard is held, and where nothing does;
 * from `policies/`, so that it cannot say more than there is.
 */
export function coveragePage(): string {
  const { clauses } = controlsFile();
  const folders = new Map(policyFolders().map((folder) => [folder.name, folder]));
  const unchecked = clauses.filter(({ policies, checks }) => policies.length + checks.length === 0);
  const onlyClusters = clauses.filter(
    ({ policies, checks }) => policies.length > 0 && checks.length === 0 && !policies.some(isLocal),
  );
  return `${[
    '# Coverage of the technical safeguards',
    '',
    'Written by `npm run coverage:write` from [policies/](../policies); a test holds it to that. What a state means, and what a',
    'policy is, says [compliance.md](compliance.md); what becomes of it in evidence, [audit.md](audit.md#safeguards-and-their-checks).',
    'Have the mapping reviewed by whoever answers for it.',
    '',
    '## Without an automated check',
    '',
    unchecked.length === 0
      ? 'None: every clause of 45 CFR 164.312 has a policy or a check. What they do not show is said with each below.'
      : unchecked.map(({ clause, title }) => `- ${clause}, ${lowerFirst(title)}`).join('\n'),
    ...(onlyClusters.length === 0
      ? []
      : [
          '',
          `On one machine (\`hilum up\`) nothing is checked of ${onlyClusters.map(({ clause, title }) => `${clause} (${lowerFirst(title)})`).join(', ')}.`,
        ]),
    '',
    '## Clauses',
    '',
    ...clauses.flatMap((clause) => clauseSection(clause, folders)),
    '## Policies',
    '',
    `${folders.size} policies of Open Cluster Management, and ${LOCAL_POLICIES.length} of one machine; where both have a name, they are`,
    'the same demand, looked at in another way.',
    '',
    '| policy | what it demands | of | sets | severity | action | controls |',
    '|---|---|---|---|---|---|---|',
    ...[...folders.values()].map(policyRow),
  ].join('\n')}\n`;
}

function clauseSection(clause: ControlClause, folders: ReadonlyMap<string, PolicyFolder>): string[] {
  const { policies, checks, evidence, gap } = clause;
  return [
    `### ${clause.clause} ${clause.title}`,
    '',
    `${clause.standard === 'required' ? 'Required' : 'Addressable'}. NIST SP 800-53 r5: ${clause.nist.join(', ')}.`,
    '',
    ...(policies.length + checks.length === 0
      ? ['No automated check.']
      : [
          '| what shows it | looked at by |',
          '|---|---|',
          ...policies.map((name) => `| ${policyCell(name, folders)} | ${lookedAtBy(name, folders)} |`),
          ...checks.map((name) => `| \`${name}\` | the hub, when the evidence is made |`),
        ]),
    '',
    ...(evidence.length === 0 ? [] : [`Evidence: ${evidence.map((file) => `\`${file}\``).join(', ')}.`, '']),
    gap === null ? 'Nothing is known to be left out.' : `Not shown: ${gap.trim().replaceAll(/\s+/g, ' ')}`,
    '',
  ];
}

function policyCell(name: string, folders: ReadonlyMap<string, PolicyFolder>): string {
  const folder = folders.get(name);
  if (folder !== undefined)
    return `[${name}](../policies/${folder.set}/${name}/policy.yaml): ${lowerFirst(titleOf(folder))}`;
  const local = LOCAL_POLICIES.find((policy) => policy.name === name);
  return `\`${name}\`: ${lowerFirst(local?.title ?? '')}`;
}

function lookedAtBy(name: string, folders: ReadonlyMap<string, PolicyFolder>): string {
  return [...(folders.has(name) ? ['Open Cluster Management'] : []), ...(isLocal(name) ? ['`hilum up`'] : [])].join(
    ', ',
  );
}

function isLocal(name: string): boolean {
  return LOCAL_POLICIES.some((policy) => policy.name === name);
}

function policyRow(folder: PolicyFolder): string {
  const { name, set, policy, binding } = folder;
  const sets = policySets().filter(({ policies }) => policies.includes(name));
  const templates = policy.spec['policy-templates'].map(({ objectDefinition }) => objectDefinition.spec);
  const cells = [
    `[${name}](../policies/${set}/${name}/policy.yaml)`,
    titleOf(folder),
    binding.placementRef.name.replace('placement-', ''),
    sets.map((one) => one.name).join(', '),
    templates[0]?.severity ?? '',
    templates[0]?.remediationAction ?? '',
    policy.metadata.annotations?.['policy.open-cluster-management.io/controls'] ?? '',
  ];
  return `| ${cells.join(' | ')} |`;
}

function titleOf({ policy }: PolicyFolder): string {
  return policy.metadata.annotations?.['hilum.org/title'] ?? '';
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
