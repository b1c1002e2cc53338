"""The wiring: settings, environment, database backend, health, serving."""
