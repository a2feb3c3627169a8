-- Stretches of the outbox that an operator asked to be sent to the hub again. The outbox's own rows stay as they are:
-- what was published once stays published, so the heartbeat's sequence does not fall back.
create table outbox_replays (
  id bigint generated always as identity primary key,
  next_sequence bigint not null,
  last_sequence bigint not null,
  asked_at timestamptz not null default now(),
  check (next_sequence <= last_sequence)
);
