-- Messages to the staff's webhook. The id stays the same over all attempts, so that the receiver can tell repeats.
create table notifications (
  id text primary key,
  payload text not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'refused', 'failed')),
  attempts integer not null default 0,
  queued_at timestamptz not null,
  next_attempt_at timestamptz not null,
  ended_at timestamptz
);
create index notifications_due on notifications (next_attempt_at) where state = 'pending';
create index notifications_by_state on notifications (state);
