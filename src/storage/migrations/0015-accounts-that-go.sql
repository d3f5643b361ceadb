-- When an account goes that its person wants deleted; until then they can keep it.
alter table accounts add column deletes_at bigint;
create index accounts_deletes_at on accounts (deletes_at) where deletes_at is not null;
