-- The audit becomes one log of what happened at the hub and at its sites, in one order, to which rows are only ever
-- added. Each row holds the hash of the row before it and its own (hub/src/audit/audit-entry.ts), so that whoever changes,
-- removes, inserts or moves one breaks the chain from there on; hub/src/audit/anchoring.ts has it signed once a day.

-- Where entries wait, durable, for the second until they are chained. Writing one is a plain insert, by any hub at any
-- time; the order is decided by whoever chains, one hub at a time. Rows leave it in the transaction that chains them.
create sequence audit_entries;
select setval('audit_entries', coalesce((select max(id) from access_audit), 0) + 1, false);
create table audit_inbox (
  entry             bigint primary key default nextval('audit_entries'),
  -- the event's id at a site; hub- and the entry's number here
  id                text not null,
  source            text not null check (source in ('hub', 'site')),
  site              text,
  sequence          bigint,
  trace_id          text,
  -- null when nobody known asked: a refused sign-in
  actor_role        text,
  actor_pseudonym   text,
  action            text not null,
  subject_pseudonym text,
  -- what was asked for at the hub, by the names of the API's parameters; never anything of the answer
  query             jsonb,
  at                timestamptz not null,
  recorded_at       timestamptz not null
);
create index audit_inbox_by_time on audit_inbox (recorded_at desc, id desc);

alter table audit rename to audit_before;
alter table audit_default rename to audit_before_default;
alter index audit_by_time rename to audit_before_by_time;

-- Partitioned by when the rows were chained, which never goes back: a partition is an unbroken piece of the chain.
create table audit (
  position          bigint not null,
  chained_at        timestamptz not null,
  -- SHA-256 in hexadecimal, of the row before and of this one; 64 zeros before the first
  previous          text not null,
  hash              text not null,
  id                text not null,
  source            text not null,
  site              text,
  sequence          bigint,
  trace_id          text,
  actor_role        text,
  actor_pseudonym   text,
  action            text not null,
  subject_pseudonym text,
  query             jsonb,
  at                timestamptz not null,
  recorded_at       timestamptz not null
) partition by range (chained_at);
create table audit_default partition of audit default;
create unique index audit_by_position on audit (position, chained_at);
create index audit_by_time on audit (recorded_at desc, id desc);

-- The end of the chain, signed by the hub each time it grows: rows behind the last anchor cannot be cut off or written
-- anew by somebody who has the database but not the hub's key.
create table audit_head (
  only_one   boolean primary key default true check (only_one),
  position   bigint not null,
  hash       text not null,
  chained_at timestamptz not null,
  key_id     text,
  signature  text
);
insert into audit_head (position, hash, chained_at) values (0, repeat('0', 64), 'epoch');

-- What the hub knows of its anchors; what counts are the signed objects in its store.
create table audit_anchors (
  number   bigint primary key,
  at       timestamptz not null,
  -- the oldest row that is kept, and the latest that is covered, with its hash
  first    bigint not null,
  position bigint not null,
  hash     text not null,
  -- of the whole object, by which the next one names it
  sha256   text not null,
  key_id   text not null,
  loss     jsonb
);

-- What the last check before an anchor found: null, or the first bad row.
create table audit_state (
  only_one   boolean primary key default true check (only_one),
  checked_at timestamptz not null,
  position   bigint not null,
  problem    jsonb
);

-- What there is, in the order in which it was recorded.
insert into audit_inbox (id, source, site, sequence, trace_id, actor_role, actor_pseudonym, action, subject_pseudonym,
                         query, at, recorded_at)
select id, source, site, sequence, trace_id, actor_role, actor_pseudonym, action, subject_pseudonym, query, at, recorded_at
  from (select 'hub-' || id as id, 'hub' as source, null as site, null::bigint as sequence, null as trace_id, actor_role,
               actor_pseudonym, action, null as subject_pseudonym, query, at, at as recorded_at from access_audit
        union all
        select id, 'site', site, sequence, trace_id, actor_role, actor_pseudonym, action, subject_pseudonym, null, at,
               received_at from audit_before) as entries
 order by recorded_at, id;
drop table access_audit;
drop table audit_before;

create function audit_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'HILUM_AUDIT_APPEND_ONLY: % of % is refused', lower(tg_op), tg_table_name
    using errcode = 'insufficient_privilege',
          hint = 'The audit is append-only; what has expired goes with its partition (docs/audit.md).';
end $$;

-- Twice: by privileges, which the hub's role gives up on its own tables, and by triggers, which stop a superuser's slip
-- as well. Retention needs neither: it drops whole partitions.
create trigger never_change before update or delete on audit for each row execute function audit_refuse();
create trigger never_change before update or delete on audit_anchors for each row execute function audit_refuse();
create trigger never_change before update on audit_inbox for each row execute function audit_refuse();

-- Triggers of statements and privileges are not handed down to partitions, so each new one is given them.
create function audit_protect(protected regclass) returns void language plpgsql as $$
begin
  execute format('create trigger never_empty before truncate on %s for each statement execute function audit_refuse()',
                 protected);
  execute format('revoke update, delete, truncate on %s from current_user', protected);
end $$;
select audit_protect(t) from unnest(array['audit', 'audit_default', 'audit_anchors']::regclass[]) as t;
create trigger never_empty before truncate on audit_inbox for each statement execute function audit_refuse();
revoke update, truncate on audit_inbox from current_user;
