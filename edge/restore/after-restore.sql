-- Run once by `hilum restore` on the tables of a backup, before the edge starts. It must work on every schema that a
-- backup may have been taken of, so it names only tables and columns of the first migrations.

-- The broker starts empty, and with it went what the mirror had not sent: all is published again, and the hub drops by
-- event id what it has.
update outbox set published_at = null;

-- Numbers that the hub has had for events since the backup are not given again: a gap among them would not be noticed.
update site_state set sequence = greatest(sequence, current_setting('hilum.hub_highest')::bigint);

-- These lie in a log that is gone. The new one begins at 0 again, and two events must not be taken for one: the old
-- places become negative, below those of any earlier restore.
update rejected_events set record_offset = record_offset - 1
  - (select max(record_offset) from rejected_events) + (select least(min(record_offset), 0) from rejected_events)
  where record_offset >= 0;

-- The same goes for what people decided about records of the dead-letter topic: the record that now has such a place is
-- another one, and waits for somebody. (Backups of before this table was there have none.)
do $$
begin
  if to_regclass('dead_letters') is not null then
    delete from dead_letters;
  end if;
end
$$;
