"""Alembic's scripts: env runs them, versions holds them."""
