-- Whoever signs in again goes on in another session: what is bound to the one before it ends with that one.
alter table sessions add column replaced_by text;
alter table sessions add column replaced_at bigint;
