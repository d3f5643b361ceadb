-- From which network a grant was last used, until when a signed token made under it can live, and how often it was used
-- for what on each of the last days (JSON: one column, so that counting makes no rows).
alter table grants add column last_used_from text;
alter table grants add column signed_until bigint;
alter table grants add column used text;

-- The last use or decision, rounded up to a day: moved on at most daily, so that its index seldom changes.
alter table grants add column idle_since bigint;
update grants set idle_since = coalesce(last_used_at, granted_at);
create index grants_idle on grants (idle_since) where kind = 'standing' and ended_at is null;
create index grants_paused on grants (expires_at) where paused_at is not null and ended_at is null;
