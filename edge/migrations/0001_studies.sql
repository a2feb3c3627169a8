-- One row, locked by every transaction that records results: sequences are thereby given in the order of commits, so a
-- reader that has seen sequence n will never find a smaller one appear later. Totals are kept here as well, because
-- counting the results at every heartbeat would cost more with every image.
create table site_state (
  only_row boolean primary key default true check (only_row),
  sequence bigint not null default 0,
  scored bigint not null default 0,
  unreadable bigint not null default 0,
  -- (read as float8[], for the driver makes numbers of those and text of bigint[])
  -- images by the time from upload to their first result; one number for each bound of LATENCY_BOUNDS_MS
  latency_counts bigint[] not null default '{}'
);
insert into site_state default values;

create table images (
  image_id text primary key,
  study_id text not null,
  bucket text not null,
  object_key text not null,
  version_id text,
  e_tag text not null,
  bytes bigint not null,
  content_type text,
  sha256 text,
  priority text not null,
  trace_id text not null,
  uploaded_at timestamptz not null
);
create index images_by_study on images (study_id);

create table results (
  image_id text not null references images,
  model_digest text not null,
  event_id text not null unique,
  sequence bigint not null unique,
  model_name text not null,
  model_version text not null,
  decision text not null,
  probability double precision,
  reason text,
  input json not null,
  timings_ms json not null,
  result_key text not null,
  heat_map_key text,
  trace_id text not null,
  scored_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  primary key (image_id, model_digest)
);

-- What the list shows: each study with the most pressing of its images' latest results.
create table studies (
  study_id text primary key,
  decision text not null,
  probability double precision,
  reason text,
  priority text not null,
  image_count integer not null,
  uploaded_at timestamptz not null,
  scored_at timestamptz not null,
  -- sequence of the result that changed it last
  revision bigint not null
);
create index studies_by_upload on studies (uploaded_at desc, study_id desc);
create index studies_by_decision on studies (decision, uploaded_at desc, study_id desc);
create index studies_by_revision on studies (revision);

-- Events that could not be read, without their content: where they lie in Kafka and what is wrong with them.
create table rejected_events (
  topic text not null,
  partition integer not null,
  record_offset bigint not null,
  code text not null,
  detail text not null,
  rejected_at timestamptz not null default now(),
  primary key (topic, partition, record_offset)
);
