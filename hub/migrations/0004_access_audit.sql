-- Who saw study-level rows or changed something at the hub itself; what sites report of themselves is in audit. Rows are
-- only ever added.
create table access_audit (
  id              bigint generated always as identity primary key,
  at              timestamptz not null,
  -- null when nobody known asked: a refused sign-in
  actor_role      text,
  actor_pseudonym text,
  action          text not null,
  -- what was asked for, by the names of the API's parameters; never anything of the answer
  query           jsonb
);
create index access_audit_by_time on access_audit (at desc, id desc);
create index audit_by_time on audit (received_at desc, id desc);
