-- The plan of a cut that has been made: no cause any more.
update {plan}
set cause = null
