-- What changed at a site besides its state and its alarms: the release that it scores with and the version of its
-- services, as its heartbeats tell. Kafka holds these for seven days only, so the tables stay when a ledger is built anew,
-- and name sites without a foreign key.
create table site_changes (
  id     bigint generated always as identity primary key,
  site   text not null,
  at     timestamptz not null,
  kind   text not null check (kind in ('model', 'app')),
  -- as the heartbeat has it; null: the first that was heard of
  before jsonb,
  after  jsonb not null
);
create index site_changes_by_time on site_changes (at desc);
create index site_changes_by_site on site_changes (site, at desc);

-- What was last heard of each site: a change is what differs from it.
create table site_notes (
  site        text primary key,
  model       jsonb,
  app_version text
);
-- what a site runs today is no change of today
insert into site_notes
  select name, nullif(heartbeat -> 'model', 'null'), heartbeat ->> 'appVersion' from sites where heartbeat is not null;

-- The timelines of one site and of all are read from the newest on.
create index site_state_changes_by_time on site_state_changes (at desc);
create index site_state_changes_by_site_time on site_state_changes (site, at desc);
create index alarms_by_opening on alarms (since desc);
create index alarms_by_site_opening on alarms (site, since desc);
create index alarms_by_closing on alarms (closed_at desc) where closed_at is not null;
create index alarms_by_site_closing on alarms (site, closed_at desc) where closed_at is not null;
