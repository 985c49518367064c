-- One row per record of a delivery: what each call of a recipe gives.
select {calls}, {line}
from {delivery}
