import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

const HEARTBEAT_MS = 15_000;
const REFRESH_ROUNDS = 5;
const DAY_SECONDS = 86_400;

const MODELS = ['0.1.0', '0.2.0'].map((version) => ({
  name: 'hilum-pneumonia',
  version,
  digest: `sha256:${version.replaceAll('.', '').padEnd(64, '0123456789abcdef')}`,
}));

/** How many of a hundred sites are in which state, and what their signs of life are, in seconds before now. */
const STATES = [
  { state: 'dead', ofHundred: 1, beatAge: 3_600, receivedAge: 3_600 },
  { state: 'link-down', ofHundred: 2, beatAge: 1_200, receivedAge: 0 },
  { state: 'late', ofHundred: 2, beatAge: 120, receivedAge: 120 },
  { state: 'live', ofHundred: 95, beatAge: 0, receivedAge: 0 },
] as const;

function signsOf(index: number): (typeof STATES)[number] {
  let upTo = 0;
  for (const signs of STATES) {
    upTo += signs.ofHundred;
    if (index % 100 < upTo) return signs;
  }
  throw new RangeError('the shares of the states do not make a hundred');
}

/**
 * Sites as a hub of a large fleet has them, written where its consumer would write them: some are silent, some have lost
 * events, dead letters or a component.
 */
export async function fillSites(database: pg.Client, sites: readonly string[]): Promise<void> {
  const rows = sites.map((name, index) => {
    const { state, beatAge, receivedAge } = signsOf(index);
    const [hasGap, hasDeadLetters, isDown] = [index % 40 === 7, index % 50 === 9, index % 100 === 11];
    const heartbeat = {
      site: name,
      sequence: 5_000,
      at: new Date(Date.now() - beatAge * 1000).toISOString(),
      backlog: (index * 7) % 13,
      oldestUnscoredAgeSeconds: (index * 7) % 13 === 0 ? 0 : (index % 29) + 0.5,
      deadLetters: hasDeadLetters ? 3 : 0,
      outboxPending: index % 3,
      scored: 4_000 + index,
      unreadable: index % 17,
      latencyBuckets: [{ leMs: null, count: 4_000 + index }],
      model: MODELS[index % 10 === 0 ? 0 : 1],
      appVersion: index % 20 === 0 ? '0.0.9' : '0.1.0',
      status: { store: 'up', kafka: 'up', database: 'up', inference: isDown ? 'down' : 'up' },
    };
    return {
      name,
      state,
      heartbeat,
      received_age: receivedAge,
      received: hasGap ? '{[1,4100),[4107,5001)}' : '{[1,5001)}',
    };
  });
  await database.query(
    `insert into sites (name, first_seen_at, last_received_at, state, state_since, heartbeat, heartbeat_at,
                        heartbeat_received_at, received, highest, settled)
     select name, now() - interval '90 days', now() - received_age * interval '1 second', state, now() - interval '3 hours', heartbeat,
            (heartbeat ->> 'at')::timestamptz, (heartbeat ->> 'at')::timestamptz + interval '120 ms',
            received::int8multirange, 5000, 5000
       from jsonb_to_recordset($1::jsonb) as s (name text, state text, heartbeat jsonb, received_age int, received text)`,
    [JSON.stringify(rows)],
  );
  // what they run is no news
  await database.query(
    `insert into site_notes select name, heartbeat -> 'model', heartbeat ->> 'appVersion' from sites where name = any ($1::text[])`,
    [sites],
  );
  // what their timelines tell: an outage a week
  await database.query(
    `insert into site_state_changes (site, state, at)
     select name, change.state, now() - week * interval '7 days' - age
       from sites, generate_series(12, 1, -1) as week,
            (values ('late', interval '5 minutes'), ('live', interval '0 minutes')) as change (state, age)
      order by week desc, age desc`,
  );
}

/** Heartbeats of one site over so many days, as the history of a site's page shows them. */
export async function fillHeartbeats(database: pg.Client, site: string, days: number): Promise<void> {
  await database.query(
    `insert into heartbeats (site, at, received_at, sequence, backlog, oldest_unscored_age_seconds, dead_letters,
                             outbox_pending, scored, unreadable, model_name, model_version, app_version, store, kafka,
                             database, inference)
     select $1, at, at + interval '120 ms', n, n % 17, n % 23, 0, 0, n, 0, 'hilum-pneumonia', '0.2.0', '0.1.0', 'up', 'up',
            'up', 'up'
       from (select n, now() - n * $2::int * interval '1 ms' as at from generate_series(1, $3::int) n) made
     on conflict do nothing`,
    [site, HEARTBEAT_MS, (days * DAY_SECONDS * 1000) / HEARTBEAT_MS],
  );
}

/** As many as `policies/` and the supervisor have together, about. */
const POLICIES = 30;

/**
 * Policies with their states at all sites and the history of them, written where the fleet's recorder would write them: one
 * state in forty is amiss, and each was broken and put right twice before.
 */
export async function fillPolicies(database: pg.Client, sites: readonly string[]): Promise<void> {
  const policies = Array.from({ length: POLICIES }, (_, index) => `policy-bench-${String(index + 1).padStart(2, '0')}`);
  await database.query(
    `insert into policies (name, source, title, why, severity, standards, categories, controls, remediation, policy_sets,
                           first_seen_at)
     select name, 'ocm', 'What ' || name || ' demands', 'So that it can be measured.', 'high', array['NIST SP 800-53'],
            array['AC Access Control'], array['AC-3', '164.312(a)(1)'], 'inform', array['bench'], now() - interval '90 days'
       from unnest($1::text[]) as name`,
    [policies],
  );
  const places = `unnest($1::text[]) with ordinality as p (policy, i), unnest($2::text[]) with ordinality as s (site, j),
    lateral (select case when (i * 31 + j) % 40 = 0 then 'non-compliant' else 'compliant' end as state) now`;
  await database.query(
    `insert into policy_states (policy, site, state, message, since, observed_at, reported)
     select policy, site, state, state || ' as seen at ' || site, now() - interval '3 hours', now(),
            jsonb_build_object('state', state, 'message', state, 'templates', '{}'::jsonb)
       from ${places}`,
    [policies, sites],
  );
  await database.query(
    `insert into policy_transitions (policy, site, template, from_state, to_state, message, at, recorded_at)
     select policy, site, null, change.was, change.became, 'as told', now() - age, now() - age
       from ${places}, (values ('compliant', 'non-compliant', interval '60 days'), ('non-compliant', 'compliant', interval '59 days'),
                               ('compliant', 'non-compliant', interval '9 days'), ('non-compliant', 'compliant', interval '8 days'))
              as change (was, became, age)
      order by age desc`,
    [policies, sites],
  );
}

/**
 * Lets the sites speak as they would: each once in 15 seconds, evenly spread, in their states; a result of each in half a
 * minute. Stops when the signal does.
 */
export async function keepTalking(database: pg.Client, sites: readonly string[], signal: AbortSignal): Promise<void> {
  const groups = STATES.map(({ state, beatAge, receivedAge }) => ({
    beatAge,
    receivedAge,
    names: sites.filter((_, index) => signsOf(index).state === state),
  }));
  for (let round = 0; !signal.aborted; round += 1) {
    for (const { beatAge, receivedAge, names } of groups)
      await database.query(
        `update sites set heartbeat_at = now() - $2 * interval '1 second', last_received_at = now() - $3 * interval '1 second',
                          heartbeat_received_at = now() - $2 * interval '1 second' + interval '120 ms'
          where name = any ($1::text[])`,
        [names.filter((_, index) => index % REFRESH_ROUNDS === round % REFRESH_ROUNDS), beatAge, receivedAge],
      );
    const speaking = sites.filter((_, index) => index % 10 === round % 10);
    await database.query(
      `insert into results (id, site, sequence, received_at, trace_id, study_pseudonym, image_pseudonym, decision,
                            probability, reason, priority, model_name, model_version, model_digest, input, timings_ms,
                            uploaded_at, scored_at, supersedes, latency_ms)
       select md5(site || $2), site, 6000 + $2::int, now(), null, repeat(md5(site), 2), repeat(md5(site || $2), 2), 'normal',
              0.04, null, 'routine', $3, $4, $5,
              '{"kind":"jpeg","width":1800,"height":1400,"bits":8,"stats":{"mean":0.5,"std":0.2,"min":0,"max":1}}',
              '{"notify":12,"queue":5,"fetch":9,"decode":14,"predict":22,"explain":49,"publish":8}',
              now() - interval '250 ms', now(), null, 250
         from unnest($1::text[]) as site`,
      [speaking, String(round), MODELS[1]?.name, MODELS[1]?.version, MODELS[1]?.digest],
    );
    // ended by the signal it is over as well
    await delay(HEARTBEAT_MS / REFRESH_ROUNDS, undefined, { signal }).catch(() => undefined);
  }
}
