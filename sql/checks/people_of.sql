-- One row per row of a staged source: of whom it is.
select {person}
from {staged}
