"""a wish says for whom, of what kind, how soon, by when"""

import sqlalchemy as sa
from alembic import op

from storage.base import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_CLOSED = """
    UPDATE wish SET closed_at = CASE status
        WHEN 'fulfilled' THEN fulfilled_at
        ELSE (SELECT MAX(wish_event.at) FROM wish_event WHERE wish_event.wish_no = wish.no)
    END
    WHERE status IN ('fulfilled', 'withdrawn', 'expired')
"""


def upgrade() -> None:
    with op.batch_alter_table("wish", schema=None) as batch_op:
        for name in ("kind", "age_band", "consent"):
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("urgency", sa.String(), nullable=False, server_default="normal"))
        batch_op.add_column(sa.Column("credit", sa.Boolean(), nullable=False, server_default="0"))
        for name in ("wanted_by", "promised_on"):
            batch_op.add_column(sa.Column(name, sa.Date(), nullable=True))
        for name in ("team_id", "merged_into"):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=True))
        for name in ("closed_at", "reminded_at", "wiped_at"):
            batch_op.add_column(sa.Column(name, Moment(), nullable=True))
        batch_op.create_index(batch_op.f("ix_wish_merged_into"), ["merged_into"], unique=False)
    op.execute(_CLOSED)


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
