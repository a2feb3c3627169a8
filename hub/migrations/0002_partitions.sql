-- Large tables are partitioned by the events' own times, so that what has expired goes with its partition. What is in a
-- table today becomes its default partition, without being copied; the hub moves it into partitions of their periods
-- when it starts, one period a transaction, and makes those of the coming periods ahead of time.

-- The parents hold no foreign key to sites: sites are never deleted, the site is written first in the same transaction,
-- and a check for each of millions of rows would only cost.

-- Unique constraints hold within one partition only, and an event that is made again may have another time (a restored
-- site scores an image anew). So ids that were recorded are kept in tables of their own, which say what is a duplicate.
-- A key is the first half of the SHA-256 of site, line feed and event id; the day is that of the event.
create table result_ids (
  key uuid primary key,
  day date not null
);
create index result_ids_by_day on result_ids using brin (day);
create table feedback_ids (like result_ids including all);
create table audit_ids (like result_ids including all);

insert into result_ids
  select encode(substring(sha256(convert_to(site || E'\n' || id, 'UTF8')) for 16), 'hex')::uuid,
         (scored_at at time zone 'UTC')::date
    from results;
insert into feedback_ids
  select encode(substring(sha256(convert_to(site || E'\n' || id, 'UTF8')) for 16), 'hex')::uuid,
         (at at time zone 'UTC')::date
    from feedback;
insert into audit_ids
  select encode(substring(sha256(convert_to(site || E'\n' || id, 'UTF8')) for 16), 'hex')::uuid,
         (at at time zone 'UTC')::date
    from audit;

-- Positions go on where they stood: clients continue from them.
create sequence result_positions;
select setval('result_positions', last_value, is_called) from results_position_seq;

alter table results rename to results_default;
alter table results_default drop constraint results_pkey;
alter table results_default drop constraint results_site_fkey;
alter table results_default alter column position drop identity;
alter table results_default alter column position set default nextval('result_positions');
alter table results_default alter column latency_ms drop expression;
drop index results_by_position, results_by_site, results_by_scored_at;
create table results (like results_default including defaults) partition by range (scored_at);
alter table results attach partition results_default default;
create index results_by_position on results (position);
create index results_by_site on results (site, position);
create index results_by_scored_at on results (scored_at) include (site, decision, latency_ms);

alter table feedback rename to feedback_default;
alter table feedback_default drop constraint feedback_pkey;
alter table feedback_default drop constraint feedback_site_fkey;
create table feedback (like feedback_default including defaults) partition by range (at);
alter table feedback attach partition feedback_default default;
create index feedback_by_at on feedback (at);

alter table audit rename to audit_default;
alter table audit_default drop constraint audit_pkey;
alter table audit_default drop constraint audit_site_fkey;
create table audit (like audit_default including defaults) partition by range (at);
alter table audit attach partition audit_default default;
create index audit_by_at on audit (at);

-- How each site was over time. A site has one heartbeat at a time, so site and time say what is a duplicate.
create table heartbeats (
  site                        text not null,
  at                          timestamptz not null,
  received_at                 timestamptz not null,
  sequence                    bigint not null,
  backlog                     bigint not null,
  oldest_unscored_age_seconds double precision not null,
  dead_letters                bigint not null,
  outbox_pending              bigint not null,
  scored                      bigint not null,
  unreadable                  bigint not null,
  model_name                  text,
  model_version               text,
  app_version                 text not null,
  store                       text not null,
  kafka                       text not null,
  database                    text not null,
  inference                   text not null,
  primary key (site, at)
) partition by range (at);
create table heartbeats_default partition of heartbeats default;

-- Sums of results per site and hour, counted in the transaction that records them: a summary adds up these instead of
-- millions of rows. The columns l0 to l37 count results by latency; their bounds are in hub/src/ledger/latency-buckets.ts.
create table site_hours (
  site                text not null,
  hour                timestamptz not null,
  normal              integer not null,
  review              integer not null,
  pneumonia_suspected integer not null,
  unreadable          integer not null,
  primary key (site, hour)
) partition by range (hour);
do $$
begin
  for i in 0..37 loop
    execute format('alter table site_hours add column l%s integer not null', i);
  end loop;
end $$;
create table site_hours_default partition of site_hours default;

-- The same per day in UTC, for long periods.
create table site_days (like site_hours including all) partition by range (hour);
alter table site_days rename column hour to day;
create table site_days_default partition of site_days default;

do $$
declare
  unit text;
  counts text := (select string_agg(format(
    'count(*) filter (where width_bucket(latency_ms, array[50, 63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800,
       1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000, 10000, 16000, 25000, 40000, 63000, 100000, 160000,
       250000, 400000, 630000, 1800000, 3600000, 14400000, 86400000]::float8[]) = %s)', i), ', ' order by i)
    from generate_series(0, 37) i);
begin
  foreach unit in array array['hour', 'day'] loop
    execute format(
      'insert into %I
         select site, date_trunc(%L, scored_at, ''UTC''), count(*) filter (where decision = ''normal''),
                count(*) filter (where decision = ''review''), count(*) filter (where decision = ''pneumonia-suspected''),
                count(*) filter (where decision = ''unreadable''), %s
           from results group by 1, 2',
      'site_' || unit || 's', unit, counts);
  end loop;
end $$;

-- How far each partition of the topics is in the ledger, written in the transaction that records. `log` is the broker's
-- cluster id: offsets say nothing of another broker's log.
create table consumer_offsets (
  topic       text not null,
  partition   integer not null,
  log         text not null,
  next_offset bigint not null,
  recorded_at timestamptz not null,
  primary key (topic, partition)
);

-- Events of a table that are older than this have expired: their rows are gone, and they are not taken again.
create table retention (
  table_name text primary key,
  floor      timestamptz not null
);

-- What was dropped, for those who must account for it.
create table retention_drops (
  id         bigint generated always as identity primary key,
  table_name text not null,
  from_at    timestamptz,
  until_at   timestamptz not null,
  -- the planner's estimate where counting would take long
  rows       bigint not null,
  dropped_at timestamptz not null
);
