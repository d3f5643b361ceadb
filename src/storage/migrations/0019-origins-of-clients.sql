-- The origins at which public clients run, so that whose scripts may read an answer is one look into an index, however
-- many clients there are; and clients by age, since of those that registered themselves only the oldest are listed.
create table client_origins (
  client_id text not null references clients (client_id) on delete cascade,
  origin text not null,
  primary key (client_id, origin)
);
create index client_origins_origin on client_origins (origin);
create index clients_registered on clients (registered_by, created_at);
