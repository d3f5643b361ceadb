-- Clients that registered themselves: what they manage their registration by, and when they may go if nobody uses them.
alter table clients add column registration_token_hash text;
alter table clients add column delete_after bigint;
create index clients_delete_after on clients (delete_after);

-- Initial access tokens, RFC 7591 §3: what an operator hands out so that somebody may register clients.
create table initial_access_tokens (
  token_id text not null primary key,
  token_hash text not null,
  note text not null,
  uses_left integer not null,
  created_at bigint not null,
  expires_at bigint not null,
  delete_after bigint not null
);
create index initial_access_tokens_delete_after on initial_access_tokens (delete_after);
