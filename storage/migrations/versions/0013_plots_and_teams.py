"""plots with their teams; names of places are unique among the children of one; remembered columns of sheets"""

import sqlalchemy as sa
from alembic import op

from storage.base import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ON_SQLITE = (
    "PRAGMA defer_foreign_keys = ON",
    "CREATE TEMPORARY TABLE place_before AS SELECT id, name, kind, parent_id FROM place",
    "DROP TABLE place",
    "CREATE TABLE place ("
    " id INTEGER NOT NULL, name VARCHAR NOT NULL, kind VARCHAR NOT NULL, parent_id INTEGER,"
    " CONSTRAINT pk_place PRIMARY KEY (id),"
    " CONSTRAINT fk_place_parent_id_place FOREIGN KEY (parent_id) REFERENCES place (id),"
    " CONSTRAINT uq_place_parent_id UNIQUE (parent_id, name))",
    "INSERT INTO place (id, name, kind, parent_id) SELECT id, name, kind, parent_id FROM place_before",
    "DROP TABLE place_before",
)
"""SQLite keeps a table's constraints for life. The rows go back into a table of the same name, under which
whatever refers to them finds them again before the transaction ends."""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in _ON_SQLITE:
            op.execute(statement)
    else:
        op.drop_constraint("uq_place_name", "place", type_="unique")
        op.create_unique_constraint("uq_place_parent_id", "place", ["parent_id", "name"])
    op.create_index(op.f("ix_place_name"), "place", ["name"], unique=False)
    top = sa.text("parent_id IS NULL")
    op.create_index("uq_place_top", "place", ["name"], unique=True, sqlite_where=top, postgresql_where=top)
    op.create_table(
        "plot",
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_plot_place_id_place")),
        sa.PrimaryKeyConstraint("place_id", name=op.f("pk_plot")),
        sa.UniqueConstraint("number", name=op.f("uq_plot_number")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_team_place_id_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("number", name=op.f("uq_team_number")),
    )
    op.create_index(op.f("ix_team_name"), "team", ["name"], unique=False)
    op.create_index(op.f("ix_team_place_id"), "team", ["place_id"], unique=False)
    op.create_table(
        "team_member",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id_team")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_team_member_member_id_member")),
        sa.PrimaryKeyConstraint("team_id", "member_id", name=op.f("pk_team_member")),
    )
    op.create_index(op.f("ix_team_member_member_id"), "team_member", ["member_id"], unique=False)
    op.create_table(
        "sheet_columns",
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("headers", sa.String(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("used_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("sheet", "headers", name=op.f("pk_sheet_columns")),
    )


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
