"""mornings: a group's calendar, notices and edited editions; rounds of the daily reads; a push ends with its day"""

from datetime import time

import sqlalchemy as sa
from alembic import op

from storage.base import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_plan",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.String(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_until", sa.Time(), nullable=False),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("approval", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["chat_group.id"], name=op.f("fk_push_plan_group_id_chat_group")
        ),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_push_plan")),
    )
    op.create_table(
        "push_edition",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("keys", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["chat_group.id"], name=op.f("fk_push_edition_group_id_chat_group")
        ),
        sa.PrimaryKeyConstraint("group_id", "day", name=op.f("pk_push_edition")),
    )
    op.create_table(
        "push_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("shown_from", sa.Date(), nullable=False),
        sa.Column("shown_until", sa.Date(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["chat_group.id"], name=op.f("fk_push_notice_group_id_chat_group")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_notice")),
    )
    op.create_index(op.f("ix_push_notice_group_id"), "push_notice", ["group_id"], unique=False)
    for column in ("why", "tags", "region"):
        op.execute(f"ALTER TABLE digest_item ADD COLUMN {column} VARCHAR DEFAULT '' NOT NULL")
    op.execute("ALTER TABLE digest_item ADD COLUMN until DATE")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("not_after", Moment(), nullable=True))
    with op.batch_alter_table("chat_group", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subscribed_at", Moment(), nullable=True))
    group = sa.table("chat_group", sa.column("push_at", sa.Time()))
    op.execute(sa.update(group).where(group.c.push_at >= time(20, 0)).values(push_at=time(19, 45)))
    _rounds()


def _rounds() -> None:
    """A primary key cannot be changed in place on every database: a new table, and the rows moved over."""
    op.rename_table("pushed_item", "pushed_item_before")
    pushed = op.create_table(
        "pushed_item",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
    )
    before = sa.table("pushed_item_before", *(sa.column(name) for name in ("group_id", "item_key", "day")))
    kept = sa.select(before.c.group_id, before.c.item_key, sa.literal(0), before.c.day, sa.literal(0))
    op.execute(sa.insert(pushed).from_select(["group_id", "item_key", "round", "day", "place"], kept))
    op.drop_table("pushed_item_before")
    with op.batch_alter_table("pushed_item", schema=None) as batch_op:
        batch_op.create_primary_key(batch_op.f("pk_pushed_item"), ["group_id", "item_key", "round"])
        batch_op.create_foreign_key(
            batch_op.f("fk_pushed_item_group_id_chat_group"), "chat_group", ["group_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_pushed_item_item_key_digest_item"), "digest_item", ["item_key"], ["key"]
        )


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
