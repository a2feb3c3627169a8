-- Everything the hub knows of a site that changes with each batch is one row, so that a batch costs one update.
create table sites (
  name                  text primary key,
  -- when its topics were first seen here
  first_seen_at         timestamptz not null,
  -- when any of its events was last recorded or quarantined
  last_received_at      timestamptz,
  state                 text not null check (state in ('live', 'late', 'link-down', 'dead')),
  state_since           timestamptz not null,
  -- the latest heartbeat by its own time, as it was sent
  heartbeat             jsonb,
  heartbeat_at          timestamptz,
  heartbeat_received_at timestamptz,
  -- sequences received, merged into ranges: what is not in them is missing
  received              int8multirange not null default '{}',
  -- the highest sequence known, from events and heartbeats
  highest               bigint not null default 0,
  -- the highest sequence known a grace period ago: up to here, a gap counts as missing
  settled               bigint not null default 0
);

create table site_state_changes (
  id    bigint generated always as identity primary key,
  site  text not null references sites (name),
  state text not null,
  at    timestamptz not null
);
create index site_state_changes_by_site on site_state_changes (site, id desc);

-- When the hub learned of a sequence number; rows older than the grace period are folded into sites.settled.
create table sequence_marks (
  site    text not null references sites (name),
  highest bigint not null,
  seen_at timestamptz not null,
  primary key (site, highest)
);

create table results (
  -- the event's id: the same image scored by the same model is the same row, however often it is delivered
  id              text primary key,
  -- order of recording; cursors and the stream continue from it
  position        bigint generated always as identity,
  site            text not null references sites (name),
  sequence        bigint not null,
  received_at     timestamptz not null,
  trace_id        text,
  study_pseudonym text not null,
  image_pseudonym text not null,
  decision        text not null,
  probability     double precision,
  reason          text,
  priority        text not null,
  model_name      text not null,
  model_version   text not null,
  model_digest    text not null,
  input           jsonb not null,
  timings_ms      jsonb not null,
  uploaded_at     timestamptz not null,
  scored_at       timestamptz not null,
  supersedes      text,
  latency_ms      double precision generated always as (extract(epoch from scored_at - uploaded_at) * 1000) stored
);
create unique index results_by_position on results (position);
create index results_by_site on results (site, position);
create index results_by_scored_at on results (scored_at) include (site, decision, latency_ms);

-- Totals per site, counted in the transaction that records the results: a count over millions of rows is too slow.
create table site_decision_counts (
  site     text not null references sites (name),
  decision text not null,
  total    bigint not null,
  primary key (site, decision)
);

create table feedback (
  id              text primary key,
  site            text not null references sites (name),
  sequence        bigint not null,
  received_at     timestamptz not null,
  trace_id        text,
  study_pseudonym text not null,
  model_digest    text not null,
  verdict         text not null,
  label           text,
  reason_code     text,
  at              timestamptz not null
);

create table audit (
  id                text primary key,
  site              text not null references sites (name),
  sequence          bigint not null,
  received_at       timestamptz not null,
  trace_id          text,
  actor_role        text not null,
  actor_pseudonym   text not null,
  action            text not null,
  subject_pseudonym text,
  at                timestamptz not null
);

-- What did not conform. Its content is not here: it may be a patient's name.
create table quarantine (
  topic           text not null,
  partition       integer not null,
  "offset"        bigint not null,
  site            text not null references sites (name),
  received_at     timestamptz not null,
  code            text not null,
  detail          text not null,
  may_be_identity boolean not null,
  payload_sha256  text not null,
  payload_bytes   integer not null,
  primary key (topic, partition, "offset")
);

create table alarms (
  id           bigint generated always as identity primary key,
  site         text not null references sites (name),
  kind         text not null,
  severity     text not null check (severity in ('warning', 'critical')),
  since        timestamptz not null,
  last_seen_at timestamptz not null,
  closed_at    timestamptz,
  detail       text not null
);
create unique index alarms_open on alarms (site, kind) where closed_at is null;
