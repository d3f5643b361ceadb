-- The keys that a chain of refresh tokens is bound to, as the cnf of RFC 7800; null: bound to its client alone.
alter table authorizations add column refresh_cnf text;
