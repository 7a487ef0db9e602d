"""members leave and hand over: a role that ends keeps its row, wrong codes are counted"""

import sqlalchemy as sa
from alembic import op

from storage.base import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("member_role", schema=None) as batch_op:
        batch_op.add_column(sa.Column("since", Moment(), nullable=True))
        batch_op.add_column(sa.Column("until", Moment(), nullable=True))
    op.create_table(
        "wrong_code",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_wrong_code_member_id_member")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_wrong_code")),
    )


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
