-- Run once by `hilum restore` on the tables of a backup, before the hub starts. It must work on every schema that a
-- backup may have been taken of, so it names only tables and columns of the first migration.

-- These lie in topics that are gone. The new ones begin at 0 again, and two events must not be taken for one: the old
-- places become negative, below those of any earlier restore.
update quarantine set "offset" = "offset" - 1
  - (select max("offset") from quarantine) + (select least(min("offset"), 0) from quarantine)
  where "offset" >= 0;
