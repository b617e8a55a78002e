"""HTTP: the API, the pages, and how both say that something is wrong. No SQL is written here."""
