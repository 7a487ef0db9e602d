"""文号, standing and successor of a document; what an operator corrected of what its text says"""

import sqlalchemy as sa
from alembic import op

from storage.base import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("document", schema=None) as batch_op:
        for name in ("number", "status", "superseded_by"):
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("reading", sa.Integer(), nullable=False, server_default="0"))

    op.create_table(
        "document_correction",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"], ["document.source"], name=op.f("fk_document_correction_source_document")
        ),
        sa.PrimaryKeyConstraint("source", "name", name=op.f("pk_document_correction")),
    )


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
