"""One file for each design: how the two arms are made comparable."""
