"""Django database backend: SQLite with WAL and a queue for writers. `base.py` is what Django loads."""
