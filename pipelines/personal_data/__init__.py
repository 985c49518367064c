"""Who is behind a record: pseudonyms, erased people, and what a log may tell."""
