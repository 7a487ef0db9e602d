"""the audit register is sealed in batches, and the registers of what happened only grow"""

import sqlalchemy as sa
from alembic import op

from storage import append_only
from storage.base import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("members", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seal", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_audit_seal"), ["seal"], unique=False)
    append_only.guard(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
