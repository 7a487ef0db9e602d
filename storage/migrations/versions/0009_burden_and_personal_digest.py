"""the burden meter, and who asked for a personal digest"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "burden",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["chat_group.id"], name=op.f("fk_burden_group_id_chat_group")),
        sa.PrimaryKeyConstraint("group_id", "week", "what", name=op.f("pk_burden")),
    )
    op.create_table(
        "personal_digest",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_personal_digest_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_personal_digest")),
    )


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
