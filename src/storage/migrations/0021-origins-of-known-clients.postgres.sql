-- As 0020 does it for SQLite.
insert into client_origins (client_id, origin)
select distinct client_id, case
    when place = 'https' and authority like '%:443' then 'https://' || lower(substr(authority, 1, length(authority) - 4))
    when place = 'https' then 'https://' || lower(authority)
    when authority like '[::1]%' then 'http://[::1]'
    else 'http://' || split_part(authority, ':', 1)
  end
from (
  select client_id, split_part(uri, ':', 1) as place, substring(uri from '^https?://([^/?]*)') as authority
  from (
    select client_id, jsonb_array_elements_text(metadata::jsonb -> 'redirect_uris') as uri
    from clients
    where metadata::jsonb ->> 'token_endpoint_auth_method' = 'none'
  ) as written
  where uri like 'https://%' or uri like 'http://%'
) as cut;
