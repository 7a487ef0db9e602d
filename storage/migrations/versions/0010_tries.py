"""a message that a person sends again has all its tries and patience again"""

import sqlalchemy as sa
from alembic import op

from storage.base import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tries_from", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("asked_at", Moment(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
