"""a conversation may take several steps"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("steps", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("taken", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("chat_listing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("more", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
