-- What a protected resource is called in other languages: an object by language tag.
alter table protected_resources add column names text not null default '{}';
