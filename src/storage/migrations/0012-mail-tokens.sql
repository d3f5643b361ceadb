-- What a letter lets its reader do, once. There is no secret here: the link is signed with a key of ours over its row.
-- account_id and interaction_id are null where there is none; address is null where nobody is written to.
create table mail_tokens (
  token_id text not null primary key,
  purpose text not null,
  account_id text,
  address text,
  interaction_id text,
  language text not null,
  created_at bigint not null,
  expires_at bigint not null,
  spent_at bigint,
  delete_after bigint not null
);
create index mail_tokens_delete_after on mail_tokens (delete_after);
-- What was authorized before this moment is over: the password was set anew.
alter table accounts add column authorizations_since bigint;
