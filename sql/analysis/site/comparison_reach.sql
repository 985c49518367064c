-- site/comparison_reach: one row, from when and in how many sites people are compared, and to when.
select
    min(episode.day_0) as first_entry,
    count(distinct episode.site) as n_sites,
    (select data_until from staging.study_setting) as data_until
from marts.coaching_episode as episode
