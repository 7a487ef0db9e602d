"""amounts that differ by county; questions know their place and whose answer they share"""

import sqlalchemy as sa
from alembic import op

from storage.base import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "local_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("issued", sa.Date(), nullable=False),
        sa.Column("effective", sa.Date(), nullable=False),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("entered_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_local_value_place_id_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_value")),
        sa.UniqueConstraint("place_id", "what", "effective", name=op.f("uq_local_value_place_id")),
    )
    # as plain SQL: SQLite's batch would drop the table, which `question_notice` refers to
    op.execute(
        "ALTER TABLE question ADD COLUMN place_id INTEGER"
        " CONSTRAINT fk_question_place_id_place REFERENCES place (id)"
    )
    op.execute("ALTER TABLE question ADD COLUMN same VARCHAR DEFAULT '' NOT NULL")


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
