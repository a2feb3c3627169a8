-- What the view of models reads: totals of each model, and its results and feedback by site and time.

-- Totals per model, site and decision, counted with the results as site_decision_counts is.
create table model_decision_counts (
  model_digest      text not null,
  site              text not null references sites (name),
  decision          text not null,
  total             bigint not null,
  -- name and version that came with the digest last: the same weights may be released again
  model_name        text not null,
  model_version     text not null,
  first_received_at timestamptz not null,
  last_received_at  timestamptz not null,
  primary key (model_digest, site, decision)
);

-- In the statement that records the results, so whoever records them cannot forget it; batches that record results wait
-- for each other already (the lock under which positions are given), so this adds no deadlock.
create function count_results_by_model() returns trigger language plpgsql as $$
begin
  insert into model_decision_counts as c (model_digest, site, decision, total, model_name, model_version,
                                          first_received_at, last_received_at)
  select model_digest, site, decision, count(*), (array_agg(model_name order by position desc))[1],
         (array_agg(model_version order by position desc))[1], min(received_at), max(received_at)
    from added group by model_digest, site, decision order by model_digest, site, decision
  on conflict (model_digest, site, decision) do update set
    total = c.total + excluded.total,
    model_name = excluded.model_name,
    model_version = excluded.model_version,
    first_received_at = least(c.first_received_at, excluded.first_received_at),
    last_received_at = greatest(c.last_received_at, excluded.last_received_at);
  return null;
end $$;
create trigger count_by_model after insert on results referencing new table as added
  for each statement execute function count_results_by_model();

insert into model_decision_counts (model_digest, site, decision, total, model_name, model_version, first_received_at,
                                   last_received_at)
select model_digest, site, decision, count(*), (array_agg(model_name order by position desc))[1],
       (array_agg(model_version order by position desc))[1], min(received_at), max(received_at)
  from results group by model_digest, site, decision;

-- Counts and histograms of a period without reading the rows.
create index results_by_model on results (model_digest, site, scored_at) include (decision, probability);
-- The results of the studies that feedback is about. A hash: pseudonyms are long, and only asked for as a whole.
create index results_by_study on results using hash (study_pseudonym);
create index feedback_by_model on feedback (model_digest, site, at);
