"""The coordinator's desk: targets, funding, deadlines, reviews, local lists, frozen reports, tallies, the audit log (2026-11-24)."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("territory", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "commune_year",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("insee", sa.String(length=5), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "insee", "year"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deadline",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("territory", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "frozen_report",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("cut_off", sa.Date(), nullable=False),
        sa.Column("frozen_on", sa.Date(), nullable=False),
        sa.Column("frozen_by", sa.String(length=100), nullable=False),
        sa.Column("comment", sa.String(length=2000), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "funding",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("planned", sa.BigInteger(), nullable=True),
        sa.Column("executed", sa.BigInteger(), nullable=True),
        sa.Column("comment", sa.String(length=2000), nullable=False),
        sa.PrimaryKeyConstraint("territory", "action", "year"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "goal",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("trajectory", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("comment", sa.String(length=2000), nullable=False),
        sa.PrimaryKeyConstraint("territory", "indicator"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "local_choice",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("list_name", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("national", sa.String(length=100), nullable=False),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("territory", "list_name", "code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "national_indicator",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("sub_axis", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("territory", "code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "national_value",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "code", "year"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "review",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("record_id", sa.String(length=100), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("reviewed_by", sa.String(length=100), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "record_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stale_tally",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("commune", sa.String(length=5), nullable=False),
        sa.PrimaryKeyConstraint("territory", "month", "commune"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tally",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("commune", sa.String(length=5), nullable=False),
        sa.Column("age_band", sa.String(length=20), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "month", "commune", "age_band"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tally_form",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("territory"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "target",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "indicator", "year"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_encounter_day", "encounter", ["territory", "day"])
    op.create_index("ix_follow_up_day", "follow_up", ["territory", "day"])
