"""what the real channels need: leases, pace, tokens, alarms, attachments; accounts by tenant; group life"""

import sqlalchemy as sa
from alembic import op

from storage.base import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "pace",
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "seconds", "slot", name=op.f("pk_pace")),
    )
    op.create_table(
        "access_token",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("worked", sa.Boolean(), nullable=False),
        sa.Column("renew_at", Moment(), nullable=False),
        sa.Column("fetching_until", Moment(), nullable=True),
        sa.Column("fault", sa.String(), nullable=False),
        sa.Column("retry_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_access_token")),
    )
    op.create_table(
        "alarm",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("cleared_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alarm")),
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_used_at"), "attachment", ["used_at"], unique=False)
    op.create_table(
        "robot_call",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_robot_call")),
    )
    op.create_index(op.f("ix_robot_call_at"), "robot_call", ["at"], unique=False)
    op.create_index(op.f("ix_robot_call_chat"), "robot_call", ["chat"], unique=False)
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("taken", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("receipt", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.alter_column("taken", server_default=None)
        batch_op.alter_column("receipt", server_default=None)
        batch_op.create_index(batch_op.f("ix_outbox_receipt"), ["receipt"], unique=False)
    with op.batch_alter_table("chat_group", schema=None) as batch_op:
        batch_op.add_column(sa.Column("heard_at", Moment(), nullable=True))
        batch_op.add_column(sa.Column("removed_at", Moment(), nullable=True))
    _accounts_by_tenant()


def _accounts_by_tenant() -> None:
    """A primary key cannot be changed in place on every database: a new table, and the rows moved over."""
    op.rename_table("account", "account_before")
    account = op.create_table(
        "account",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("id_kind", sa.String(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("reachable_until", Moment(), nullable=True),
        sa.Column("unreachable", sa.Boolean(), nullable=False),
    )
    before = sa.table(
        "account_before",
        *(
            sa.column(name)
            for name in ("channel", "external_id", "member_id", "reachable_until", "unreachable")
        ),
    )
    kept = sa.select(
        before.c.channel, sa.literal(""), before.c.external_id, sa.literal(""), before.c.member_id,
        before.c.reachable_until, before.c.unreachable,
    )  # fmt: skip
    names = ["channel", "tenant", "external_id", "id_kind", "member_id", "reachable_until", "unreachable"]
    op.execute(sa.insert(account).from_select(names, kept))
    op.drop_table("account_before")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_primary_key(batch_op.f("pk_account"), ["channel", "tenant", "external_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_account_member_id_member"), "member", ["member_id"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_account_member_id"), ["member_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
