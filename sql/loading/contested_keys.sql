-- temp._contested_keys: one row per key of which another feed than the largest says something.
create or replace temp table _contested_keys as
select distinct {key}
from {parts}
where feed <> (select mode(feed) from {parts})
