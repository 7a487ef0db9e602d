"""Alembic's environment: runs on the connection that `storage.schema` hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel.sql.sqltypes import AutoString

from storage import uow  # noqa: F401 -- every table is declared by what it imports
from storage.base import Moment, metadata


def render(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Column types as a person would write them in a migration."""
    if kind == "type" and isinstance(item, Moment):
        autogen_context.imports.add("from storage.base import Moment")
        return "Moment()"
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
