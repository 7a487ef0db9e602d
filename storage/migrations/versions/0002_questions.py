"""questions that wait for a keeper; texts as they stood before"""

import re
import unicodedata
from datetime import datetime

import sqlalchemy as sa
from alembic import op

from storage.base import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    question = op.create_table(
        "question",
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_question")),
        sa.UniqueConstraint("key", name=op.f("uq_question_key")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_standing"), ["standing"], unique=False)

    op.create_table(
        "question_notice",
        sa.Column("question_no", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_question_notice_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["question_no"], ["question.no"], name=op.f("fk_question_notice_question_no_question")
        ),
        sa.PrimaryKeyConstraint("question_no", "member_id", name=op.f("pk_question_notice")),
    )
    with op.batch_alter_table("question_notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_question_notice_at"), ["at"], unique=False)

    op.create_table(
        "document_version",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("issued", sa.Date(), nullable=True),
        sa.Column("effective", sa.Date(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("imported_at", Moment(), nullable=False),
        sa.Column("passages", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", "revision", name=op.f("pk_document_version")),
    )

    found = _unanswered()
    if found:
        op.bulk_insert(question, found)
    op.execute("DELETE FROM feedback WHERE kind = 'unanswered'")


def _unanswered() -> list[dict[str, object]]:
    """What stood among the feedback, one row a question; what was of no use has its feedback beside it."""
    feedback = sa.table(
        "feedback",
        sa.column("id", sa.Integer()), sa.column("at", Moment()), sa.column("kind", sa.String()),
        sa.column("text", sa.String()),
    )  # fmt: skip
    rows = op.get_bind().execute(
        sa.select(feedback.c.at, feedback.c.text)
        .where(feedback.c.kind.in_(["unanswered", "useless"]), feedback.c.text != "")
        .order_by(feedback.c.id)
    )
    found: dict[str, dict[str, object]] = {}
    times: dict[str, int] = {}
    for at, text in rows:
        key = _key(text)
        times[key] = times.get(key, 0) + 1
        found.setdefault(key, _row(key, text, at)).update(times=times[key], last_at=at)
    return list(found.values())


def _row(key: str, text: str, at: datetime) -> dict[str, object]:
    return {
        "key": key, "text": text, "times": 1, "first_at": at, "last_at": at, "standing": "waiting", "reason": "",
    }  # fmt: skip


def _key(text: str) -> str:
    """As `knowledge.folding.question_key` made it when this step was written."""
    bare = "".join(mark for mark in unicodedata.normalize("NFKC", text).lower() if mark.isalnum())
    return re.sub("^(?:请问|您好|你好|问一下|想问)+|[吗呢呀啊吧么]+$", "", bare) or bare


def downgrade() -> None:
    raise NotImplementedError("a register goes forward only: restore a backup instead")
