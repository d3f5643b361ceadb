-- Authorization requests that clients push before they send a browser (RFC 9126). spent_at is set once, with the answer.
create table pushed_requests (
  pushed_request_id text not null primary key,
  reference_hash text not null,
  client_id text not null,
  parameters text not null,
  created_at bigint not null,
  expires_at bigint not null,
  spent_at bigint,
  delete_after bigint not null
);
create index pushed_requests_delete_after on pushed_requests (delete_after);
