"""reports of harm and of wrongdoing: what they are about, without their words"""

import sqlalchemy as sa
from alembic import op

from storage.base import Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("concern", sa.String(), nullable=False),
        sa.Column("matter", sa.String(), nullable=False),
        sa.Column("child", sa.Boolean(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("carded", sa.Boolean(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_report_member_id_member")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_report_place_id_place")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_report")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_closed_at"), ["closed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_member_id"), ["member_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
