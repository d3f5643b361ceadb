-- The types of authorization details that a protected resource has (RFC 9396), as JSON.
alter table protected_resources add column authorization_details_types text not null default '{}';
