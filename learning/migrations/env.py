"""How Alembic reaches the database: on the application's write engine, in one transaction."""

from alembic import context
from flask import current_app

from learning.database import Base, write_engine


def run() -> None:
    """Run the migrations in the open application context."""
    options = current_app.extensions["migrate"].configure_args
    with write_engine().connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transaction_per_migration=False,
            **options,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
