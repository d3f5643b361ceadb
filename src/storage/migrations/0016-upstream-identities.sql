-- Accounts at other providers by which people sign in here.
create table upstream_identities (
  issuer text not null,
  subject text not null,
  identity_id text not null unique,
  account_id text not null,
  provider text not null,
  label text not null,
  created_at bigint not null,
  last_used_at bigint,
  primary key (issuer, subject)
);
create index upstream_identities_account on upstream_identities (account_id);

-- A sign-in elsewhere that belongs to no account yet and waits for what the person says, JSON.
alter table interactions add column arrival text;
