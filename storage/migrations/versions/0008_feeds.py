"""feeds the operator named, and what they announced, waiting for an editor"""

import sqlalchemy as sa
from alembic import op

from storage.base import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feed",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("checked_at", Moment(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("modified", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_feed")),
    )
    op.create_table(
        "feed_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["feed"], ["feed.address"], name=op.f("fk_feed_entry_feed_feed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_entry")),
        sa.UniqueConstraint("feed", "key", name=op.f("uq_feed_entry_feed")),
    )
    op.create_index(op.f("ix_feed_entry_state"), "feed_entry", ["state"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
