"""Where a number comes from: the code that computes it and the documents that speak of it."""
