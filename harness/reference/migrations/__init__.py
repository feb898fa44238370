"""Alembic's migrations; `migrate` runs them from wherever the package is installed."""
