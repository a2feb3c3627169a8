-- What the platform says of the fleet (Open Cluster Management and Argo CD, or the supervisor of one machine), and the
-- history of every policy's state at every cluster. A cluster is named as its site; the hub's own cluster is one as well, so
-- there is no foreign key to sites.

-- Who tells of the fleet, and how fresh that is. A state is believed for as long as its source is heard.
create table fleet_sources (
  source  text primary key check (source in ('local', 'ocm')),
  -- when the source last showed that its view is whole and current, by the hub's clock
  seen_at timestamptz not null,
  -- counts changes of what it told, so that answers can be told apart
  version bigint not null default 0
);

-- Clusters, sets, placements, works and applications as they are now.
create table fleet_objects (
  source      text not null,
  kind        text not null,
  -- empty where a kind has none
  namespace   text not null,
  name        text not null,
  -- the cluster that it is of, if it is of one
  site        text,
  data        jsonb not null,
  observed_at timestamptz not null,
  primary key (source, kind, namespace, name)
);
create index fleet_objects_by_site on fleet_objects (kind, site);

create table policies (
  name          text primary key,
  source        text not null,
  title         text not null,
  why           text not null,
  severity      text not null check (severity in ('low', 'medium', 'high', 'critical')),
  standards     text[] not null,
  categories    text[] not null,
  controls      text[] not null,
  remediation   text not null check (remediation in ('inform', 'enforce')),
  policy_sets   text[] not null,
  first_seen_at timestamptz not null,
  -- when its source no longer had it; its history stays
  removed_at    timestamptz
);

-- The state of each policy at each cluster where it applies now.
create table policy_states (
  policy      text not null references policies (name),
  site        text not null,
  state       text not null check (state in ('compliant', 'non-compliant', 'pending', 'unknown')),
  message     text not null,
  since       timestamptz not null,
  -- when the source last reported it
  observed_at timestamptz not null,
  -- what the source said last: {state, message, templates}. It holds again when an unknown state becomes known.
  reported    jsonb not null,
  primary key (policy, site)
);
create index policy_states_by_site on policy_states (site, policy);

create sequence policy_transition_positions;

-- What became of each state, also what the platform has forgotten: Open Cluster Management keeps ten events of a policy.
create table policy_transitions (
  position    bigint not null default nextval('policy_transition_positions'),
  policy      text not null,
  site        text not null,
  -- the part of the policy that the event was of; null: the policy as a whole
  template    text,
  -- null: it did not apply there before. Equal states: only the message changed.
  from_state  text,
  -- null: it no longer applies there
  to_state    text,
  message     text not null,
  at          timestamptz not null,
  recorded_at timestamptz not null
) partition by range (at);
create table policy_transitions_default partition of policy_transitions default;
create index policy_transitions_by_at on policy_transitions (at desc, position desc);
create index policy_transitions_by_policy on policy_transitions (policy, site, at);

-- Which events of the platform are in the history, so that what is replayed is recorded once.
create table policy_event_ids (
  key uuid primary key,
  day date not null
);
create index policy_event_ids_by_day on policy_event_ids using brin (day);
