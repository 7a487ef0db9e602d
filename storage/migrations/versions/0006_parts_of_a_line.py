"""a simulator's line keeps the parts of a reply beside its text"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("simulator_line", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parts", sa.String(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
