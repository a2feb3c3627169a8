import type { FleetObservation, HubSiteObservation, SiteImage, SiteObservation } from './observation.js';
import type { AcknowledgedUpload } from './journal.js';

/** So many of one kind are named; the rest is counted. */
const NAMED = 3;

export interface Expectations {
  /** codes that dead letters may have, each explained by what the scenario did; none by default */
  explainedDeadLetters?: readonly string[];
  /** sites that were sent more than the journal tells, by a scenario that keeps its own account */
  sitesWithOtherUploads?: readonly string[];
}

/**
 * What must hold once a fleet has come to rest, whatever happened to it before: every acknowledged image has exactly
 * one outcome at its site and one row at the hub, sequences have no gap, nothing waits, dead letters are explained.
 * @returns one sentence for each violation; empty when all holds
 */
export function violations(
  journal: readonly AcknowledgedUpload[],
  fleet: FleetObservation,
  expected: Expectations = {},
): string[] {
  const known = new Set(fleet.sites.map(({ name }) => name));
  const urgent = fleet.sites.reduce((sum, site) => sum + site.urgent, 0);
  return [
    ...list('process not ready', fleet.notReady),
    ...(fleet.told === urgent ? [] : [`staff were told of ${fleet.told} urgent findings, but there are ${urgent}`]),
    ...list(
      'upload to a site that is not there',
      journal.filter(({ site }) => !known.has(site)).map(({ site, ref }) => `${site} ${ref}`),
    ),
    ...fleet.sites.flatMap((site) => {
      const uploads = journal.filter((upload) => upload.site === site.name);
      const hub = fleet.hub[site.name] ?? { rows: [], total: 0, missing: 0, quarantined: 0 };
      return [
        ...uploadsHaveOutcomes(uploads, site, expected.sitesWithOtherUploads?.includes(site.name) ?? false),
        ...outcomesAreAtHub(site, hub),
        ...sequencesAreWhole(site, hub),
        ...nothingIsStuck(site, hub),
        ...deadLettersAreExplained(site, expected.explainedDeadLetters ?? []),
      ].map((text) => `${site.name}: ${text}`);
    }),
  ];
}

function uploadsHaveOutcomes(
  uploads: readonly AcknowledgedUpload[],
  site: SiteObservation,
  mayHaveOthers: boolean,
): string[] {
  const byId = new Map(site.images.map((image) => [image.imageId, image]));
  const byKey = groupBy(site.images, ({ key }) => key);
  const lost: string[] = [];
  const changed: string[] = [];
  const unread: string[] = [];
  const claimed = new Set<string>();
  for (const { way, ref, sha256 } of uploads) {
    const candidates = way === 'http' ? [byId.get(ref)] : (byKey.get(ref) ?? []);
    const images = candidates.filter((image): image is SiteImage => image !== undefined);
    if (images.length === 0) lost.push(`${way} ${ref}`);
    for (const image of images) {
      claimed.add(image.imageId);
      if (image.sha256 !== null && image.sha256 !== sha256) changed.push(`${way} ${ref}`);
      const refusal = image.outcomes.find(({ decision }) => decision === 'unreadable');
      if (refusal !== undefined) unread.push(`${way} ${ref} (${refusal.reason})`);
    }
    if (images.length > 1) changed.push(`${way} ${ref} (${images.length} images)`);
  }
  return [
    ...list('acknowledged but without an image', lost),
    ...list('not the image that was sent', changed),
    // what the journal tells of are good images: whatever was broken meanwhile must not cost one its score
    ...list('good image that was given up', unread),
    ...list(
      'image without an outcome',
      site.images.filter(({ outcomes }) => outcomes.length === 0).map(({ imageId }) => imageId),
    ),
    ...list(
      'image with several outcomes',
      site.images.filter(({ outcomes }) => outcomes.length > 1).map(({ imageId }) => imageId),
    ),
    ...list(
      'image that nobody uploaded',
      mayHaveOthers ? [] : site.images.filter(({ imageId }) => !claimed.has(imageId)).map(({ key }) => key),
    ),
    ...list('image whose result object is not there once', imagesWithoutOneObject(site)),
    ...(site.studies === new Set(site.images.map(({ studyId }) => studyId)).size
      ? []
      : [`the list shows ${site.studies} studies, but images are of others`]),
  ];
}

function imagesWithoutOneObject(site: SiteObservation): string[] {
  const objects = groupBy(site.resultObjects, (imageId) => imageId);
  const images = new Set(site.images.map(({ imageId }) => imageId));
  return [
    ...[...images].filter((imageId) => objects.get(imageId)?.length !== 1),
    ...[...objects.keys()].filter((imageId) => !images.has(imageId)),
  ];
}

function outcomesAreAtHub(site: SiteObservation, hub: HubSiteObservation): string[] {
  const sent = new Map(
    site.images.flatMap(({ outcomes }) => outcomes.map((outcome) => [outcome.eventId, outcome] as const)),
  );
  const rows = groupBy(hub.rows, ({ id }) => id);
  return [
    ...list(
      'outcome without a row at the hub',
      [...sent.keys()].filter((id) => !rows.has(id)),
    ),
    ...list(
      'row doubled at the hub',
      [...rows].filter(([, same]) => same.length > 1).map(([id]) => id),
    ),
    ...list(
      'row at the hub without an outcome',
      [...rows.keys()].filter((id) => !sent.has(id)),
    ),
    ...list(
      'row whose sequence is not the outcome’s',
      hub.rows.filter(({ id, sequence }) => (sent.get(id)?.sequence ?? sequence) !== sequence).map(({ id }) => id),
    ),
    ...list(
      'row whose decision is not the outcome’s',
      hub.rows.filter(({ id, decision }) => (sent.get(id)?.decision ?? decision) !== decision).map(({ id }) => id),
    ),
    ...(hub.total === hub.rows.length ? [] : [`the hub counts ${hub.total} but has ${hub.rows.length} rows`]),
  ];
}

/** Results are all that these scenarios send, so their numbers alone must be 1 … n. */
function sequencesAreWhole(site: SiteObservation, hub: HubSiteObservation): string[] {
  const problems: string[] = [];
  const given = site.images.flatMap(({ outcomes }) => outcomes.map(({ sequence }) => sequence)).sort((a, b) => a - b);
  if (given.some((sequence, index) => sequence !== index + 1)) problems.push('the site’s sequence is not 1 … n');
  if (site.sequence !== given.length)
    problems.push(`the site’s sequence is ${site.sequence} after ${given.length} outcomes`);
  const received = new Set(hub.rows.map(({ sequence }) => sequence));
  const absent = given.filter((sequence) => !received.has(sequence)).length;
  // a gap may be there while something is lost, but never without being shown, and never shown without being there
  if (hub.missing !== absent) problems.push(`the hub shows ${hub.missing} missing, but ${absent} are`);
  return problems;
}

function nothingIsStuck(site: SiteObservation, hub: HubSiteObservation): string[] {
  return [
    ...(site.outboxPending === 0 ? [] : [`${site.outboxPending} events wait in the outbox`]),
    ...Object.entries(site.lag)
      .filter(([, lag]) => lag !== 0)
      .map(([group, lag]) => `${group} is ${lag} records from the end of its topic`),
    ...(site.notified === site.urgent
      ? []
      : [`${site.notified} messages to staff are delivered, but ${site.urgent} findings are urgent`]),
    ...(site.rejectedEvents === 0 ? [] : [`${site.rejectedEvents} events could not be read`]),
    ...(hub.quarantined === 0 ? [] : [`${hub.quarantined} events are in the hub's quarantine`]),
  ];
}

function deadLettersAreExplained(site: SiteObservation, explained: readonly string[]): string[] {
  return list(
    'dead letter',
    site.deadLetters.filter(({ code }) => code === null || !explained.includes(code)).map(({ code }) => String(code)),
  );
}

function list(what: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const named = items.slice(0, NAMED).join(', ');
  return [`${items.length} × ${what}: ${named}${items.length > NAMED ? ', …' : ''}`];
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
