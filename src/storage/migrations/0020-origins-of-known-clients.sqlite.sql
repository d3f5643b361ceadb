-- What insertOrigins writes for a new client, for those that are there: https as browsers spell it, loopback portless.
insert into client_origins (client_id, origin)
select distinct client_id, case
    when place = 'https' and authority like '%:443' then 'https://' || lower(substr(authority, 1, length(authority) - 4))
    when place = 'https' then 'https://' || lower(authority)
    when authority like '[::1]%' then 'http://[::1]'
    else 'http://' || substr(authority, 1, instr(authority || ':', ':') - 1)
  end
from (
  select client_id, substr(uri, 1, instr(uri, ':') - 1) as place,
    substr(rest, 1, min(instr(rest || '/', '/'), instr(rest || '?', '?')) - 1) as authority
  from (
    select client_id, each.value as uri, substr(each.value, instr(each.value, '://') + 3) as rest
    from clients, json_each(clients.metadata, '$.redirect_uris') as each
    where json_extract(clients.metadata, '$.token_endpoint_auth_method') = 'none'
      and (each.value like 'https://%' or each.value like 'http://%')
  ) as written
) as cut;
