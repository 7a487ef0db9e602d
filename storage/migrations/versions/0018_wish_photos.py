"""photos of delivered wishes, sealed"""

import sqlalchemy as sa
from alembic import op

from storage.base import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wish_photo",
        sa.Column("wish_no", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("picture", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["given_by"], ["member.id"], name=op.f("fk_wish_photo_given_by_member")),
        sa.ForeignKeyConstraint(["wish_no"], ["wish.no"], name=op.f("fk_wish_photo_wish_no_wish")),
        sa.PrimaryKeyConstraint("wish_no", "number", name=op.f("pk_wish_photo")),
        sa.UniqueConstraint("key", name=op.f("uq_wish_photo_key")),
    )
    op.create_index(op.f("ix_wish_photo_given_by"), "wish_photo", ["given_by"])


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
