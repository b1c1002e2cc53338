"""The house plan, made executable."""
