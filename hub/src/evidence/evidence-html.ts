import { rowsThat } from '../audit/counted.js';
import type { ClauseCoverage, ClauseState } from './controls.js';
import type { EvidenceFacts } from './evidence-facts.js';

const STATE_WORDS: Record<ClauseState, string> = {
  held: 'Held',
  violated: 'Violated',
  partly: 'Partly checked',
  'not-checked': 'No automated check',
};

/** The pack in short, for people: one file without a script, an image or anything from a network. */
export function evidenceHtml(facts: EvidenceFacts, keyId: string): string {
  const { period, coverage, chain } = facts;
  const states = (state: ClauseState): number => coverage.filter((clause) => clause.state === state).length;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hilum: evidence ${day(period.since)} to ${day(period.until)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Evidence of technical safeguards</h1>
<p>From ${time(period.since)} until before ${time(period.until)}. Signed by the hub's key ${text(keyId)}; how to verify that is in
README.txt.</p>
<p class="sums">${(Object.keys(STATE_WORDS) as ClauseState[])
    .map((state) => `<span class="${state}">${states(state)} ${STATE_WORDS[state].toLowerCase()}</span>`)
    .join(' ')}</p>

<h2>Safeguards of 45 CFR 164.312</h2>
<p>Held means that every check named below said so at the end of the period. What no check shows is under “Gap”. A policy
that nobody reports is never taken for fulfilled.</p>
${table(
  ['Clause', 'NIST SP 800-53 r5', 'State', 'Checked by', 'Gap'],
  coverage.map((clause) => [
    `<strong>${text(clause.clause)}</strong><br>${text(clause.title)} (${clause.standard})`,
    text(clause.nist.join(', ')),
    `<span class="${clause.state}">${STATE_WORDS[clause.state]}</span>`,
    checkedBy(clause),
    text(clause.gap ?? 'none known'),
  ]),
)}
${
  facts.unmapped.length === 0
    ? ''
    : `<p>Reported as well, and named by no clause: ${text(facts.unmapped.join(', '))}.</p>`
}

<h2>Policies</h2>
${table(
  ['Policy', 'Severity', 'Compliant at the end', 'Not compliant', 'Unclear', 'Became non-compliant in the period'],
  facts.policies.map(({ name, title, severity }) => {
    const at = (...wanted: string[]): string =>
      facts.statesAfter
        .filter(({ policy, state }) => policy === name && wanted.includes(state))
        .map(({ site }) => site)
        .join(', ') || 'nowhere';
    const isReported = facts.statesAfter.some(({ policy }) => policy === name);
    return [
      `${text(name)}<br>${text(title)}`,
      text(severity),
      ...(isReported
        ? [at('compliant'), at('non-compliant'), at('pending', 'unknown')]
        : ['reported nowhere', '', '']
      ).map(text),
      `${facts.violations.get(name) ?? 0} times`,
    ];
  }),
)}

<h2>Audit</h2>
<p>${
    chain.first === null
      ? 'Nothing was chained in the period.'
      : `Rows ${chain.first} to ${chain.last} of the chain, ${chain.rows} of them checked. ${
          chain.anchoredTo === null
            ? 'No anchor in the pack covers them; the signature of the pack does.'
            : `Anchors cover them up to row ${chain.anchoredTo}; the signature of the pack covers all.`
        }`
  }</p>
${[chain.finding, chain.anchorFinding]
  .filter((finding) => finding !== null)
  .map((finding) => `<p class="violated">${text(finding.kind)}: ${text(finding.detail)}</p>`)
  .join('\n')}
${chain.losses
  .map(
    ({ at, kept, covered, why }) =>
      `<p>Noted ${text(at)}: ${rowsThat('were', kept + 1, covered)} lost. ${text(why)}</p>`,
  )
  .join('\n')}
${table(
  ['Where', 'What', 'Entries'],
  chain.countsByAction.map(({ site, action, total }) => [text(site ?? 'hub'), text(action), String(total)]),
)}
${table(
  ['Anchor', 'Made', 'Covers up to row'],
  facts.anchors.map(({ number, at, position }) => [String(number), text(at), String(position)]),
)}

<h2>Models</h2>
${table(
  ['Site', 'Model', 'Results', 'First', 'Last'],
  facts.models.map(({ site, model, total, firstScoredAt, lastScoredAt }) => [
    text(site),
    `${text(model.name)} ${text(model.version)}<br><code>${text(model.digest)}</code>`,
    String(total),
    text(firstScoredAt),
    text(lastScoredAt),
  ]),
)}

<h2>Alarms</h2>
${table(
  ['Site', 'Kind', 'Severity', 'Since', 'Closed', 'Detail'],
  facts.alarms.map(({ site, kind, severity, since, closedAt, detail }) =>
    [site, kind, severity, since, closedAt ?? 'open', detail].map(text),
  ),
)}

<h2>Events that were refused</h2>
<p>Their content is kept nowhere at the hub.</p>
${table(
  ['Site', 'Topic', 'Reason', 'May hold an identity', 'Events'],
  facts.quarantine.map(({ site, topic, code, detail, mayBeIdentity, total }) => [
    text(site),
    text(topic),
    `${text(code)}<br>${text(detail)}`,
    mayBeIdentity ? 'yes' : 'no',
    String(total),
  ]),
)}

<h2>Retention</h2>
${table(
  ['Kind', 'Days'],
  Object.entries(facts.retention.days).map(([kind, days]) => [text(kind), String(days)]),
)}
${table(
  ['Dropped', 'From', 'Until', 'Rows', 'When'],
  facts.retention.drops.map(({ table: name, from, until, rows, droppedAt }) =>
    [name, from ?? 'begin', until, String(rows), droppedAt].map(text),
  ),
)}

<h2>Access</h2>
<p>Sessions end after ${facts.access.sessionSeconds / 3_600} hours. Sign-in: ${
    facts.access.signIn.oidc === null
      ? 'no identity provider'
      : `OpenID Connect at ${text(facts.access.signIn.oidc.issuer)}`
  }; generated tokens for ${text(facts.access.signIn.tokenRoles.join(', ') || 'nobody')}.</p>
${table(
  ['Resource', ...facts.access.roles.map(text)],
  Object.entries(facts.access.resources).map(([resource, roles]) => [
    text(resource),
    ...facts.access.roles.map((role) => ((roles as readonly string[]).includes(role) ? 'yes' : 'no')),
  ]),
)}
</body>
</html>
`;
}

function checkedBy({ policies, checks }: ClauseCoverage): string {
  const lines = [
    ...policies.map(({ policy, isReported, compliantAt, nonCompliantAt, unclearAt }) =>
      isReported
        ? `${policy}: compliant at ${compliantAt.length}, not at ${nonCompliantAt.length}, unclear at ${unclearAt.length}`
        : `${policy}: not reported`,
    ),
    ...checks.map(({ name, result, detail }) => `${name}: ${result}, ${detail}`),
  ];
  return lines.length === 0 ? 'nothing' : lines.map(text).join('<br>');
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '<p>None.</p>';
  const cells = (kind: 'th' | 'td', row: readonly string[]): string =>
    row.map((cell) => `<${kind}>${cell}</${kind}>`).join('');
  return `<div class="table"><table>
<thead><tr>${cells('th', headings)}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')}
</tbody>
</table></div>`;
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}

function time(at: Date): string {
  return text(at.toISOString());
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1d1f; background: #fff; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
.table { overflow-x: auto; } table { border-collapse: collapse; width: 100%; min-width: 45rem; overflow-wrap: normal; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #d2d2d2; }
th { border-bottom: 2px solid #6a6e73; } code { font-size: .8rem; overflow-wrap: anywhere; }
.sums span { margin-right: 1.5rem; }
.held { color: #2b6e1f; } .violated { color: #a30000; font-weight: 600; } .partly { color: #7a4a00; } .not-checked { color: #4d5258; font-weight: 600; }
@media print { body { max-width: none; margin: 0; } table { min-width: 0; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
`;
