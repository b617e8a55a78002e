"""A month of logs on disk -> every crash in it, found, diagnosed and grouped, in memory that does not grow with it."""
