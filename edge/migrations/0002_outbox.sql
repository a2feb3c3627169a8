-- Hub-bound events, ready to be published: nothing else of this database leaves the hospital.
create table outbox (
  sequence bigint primary key,
  topic text not null,
  message_key text not null,
  event_id text not null unique,
  event_type text not null,
  event_time timestamptz not null,
  subject text not null,
  traceparent text,
  payload text not null,
  queued_at timestamptz not null default now(),
  published_at timestamptz
);
create index outbox_pending on outbox (sequence) where published_at is null;
create index outbox_published on outbox (published_at) where published_at is not null;
