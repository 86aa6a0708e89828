"""Run by alembic for `exchange.store.schema`, which brings the connection and its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
