"""The database and the disk. SQL occurs here and nowhere else, and no row leaves this room."""
