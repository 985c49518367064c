-- One row: whether a file has more free blocks than a share of those in use.
select free_blocks > $share * used_blocks as is_worn
from pragma_database_size()
