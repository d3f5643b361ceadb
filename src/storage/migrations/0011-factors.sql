-- What a person proves beyond a password. One authenticator app an account; its secret is sealed.
create table totp_factors (
  account_id text not null primary key,
  sealed_secret text not null,
  last_step bigint not null,
  created_at bigint not null
);

create table recovery_codes (
  account_id text not null,
  code_hash text not null,
  created_at bigint not null,
  spent_at bigint,
  primary key (account_id, code_hash)
);

create table passkeys (
  credential_id text not null primary key,
  account_id text not null,
  public_key text not null,
  counter bigint not null,
  transports text not null,
  kind text not null,
  name text not null,
  created_at bigint not null,
  last_used_at bigint
);
create index passkeys_account on passkeys (account_id);

create table remembered_browsers (
  remembered_id text not null primary key,
  account_id text not null,
  browser_hash text not null,
  user_agent text not null,
  created_at bigint not null,
  expires_at bigint not null,
  delete_after bigint not null,
  unique (account_id, browser_hash)
);
create index remembered_browsers_delete_after on remembered_browsers (delete_after);

-- What the person has proved within an interaction whose sign-in is not complete, JSON.
alter table interactions add column proven text;
