"""Group sessions, partner contacts, reports on services, and the hash of a referral's slip (2026-11-23)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "group_session",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("commune", sa.String(length=5), nullable=False),
        sa.Column("place_type", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.String(length=20), nullable=False),
        sa.Column("session_type", sa.String(length=40), nullable=False),
        sa.Column("theme", sa.String(length=100), nullable=True),
        sa.Column("partner", sa.String(length=80), nullable=True),
        sa.Column("establishment", sa.String(length=80), nullable=True),
        sa.Column("school_holidays", sa.String(length=10), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "id"),
        sqlite_with_rowid=False,
    )
    for name, column, length in (("age", "age_band", 20), ("gender", "gender", 30)):
        op.create_table(
            f"group_session_{name}",
            sa.Column("territory", sa.String(length=3), nullable=False),
            sa.Column("group_session_id", sa.String(length=36), nullable=False),
            sa.Column(column, sa.String(length=length), nullable=False),
            sa.Column("people", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("territory", "group_session_id", column),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "partner_contact",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("commune", sa.String(length=5), nullable=False),
        sa.Column("partner_type", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("structure", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("territory", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "service_report",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service", sa.String(length=100), nullable=False),
        sa.Column("problem", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "id"),
        sqlite_with_rowid=False,
    )
    op.add_column("referral", sa.Column("coupon", sa.String(length=64), nullable=True))
    op.create_index("ix_referral_coupon", "referral", ["coupon"], unique=False)
