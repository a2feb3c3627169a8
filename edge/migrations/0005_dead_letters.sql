-- What a person did about records of the dead-letter topic, by their place in it: Kafka cannot forget one record. A
-- record without a row here still waits for somebody.
create table dead_letters (
  partition integer not null,
  record_offset bigint not null,
  state text not null check (state in ('resent', 'discarded')),
  why text,
  actor_role text not null,
  settled_at timestamptz not null,
  primary key (partition, record_offset),
  check (state <> 'discarded' or why is not null)
);
