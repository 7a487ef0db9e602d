"""personal details are kept sealed, apart"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NO_WORDS = '{"parts": [], "listing": []}'


def upgrade() -> None:
    op.create_table(
        "personal_detail",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "field", name=op.f("pk_personal_detail")),
    )
    outbox = sa.table("outbox", sa.column("body", sa.String()))
    op.execute(outbox.update().where(outbox.c.body == NO_WORDS).values(body=""))


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
