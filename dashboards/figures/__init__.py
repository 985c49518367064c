"""One file per topic: a tested record of numbers, and the figure drawn from it."""
