"""The first schema: the records, the log the tablets pull, the accounts and devices (2026-11-23)."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("territory", "login"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "attempts",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("quarter", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "origin", "quarter"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "commune",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("insee", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("epci", sa.String(length=9), nullable=False),
        sa.Column("epci_name", sa.String(length=100), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "insee"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "console_session",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "token_hash"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "device",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("enrolled_on", sa.Date(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("revoked_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("territory", "id"),
        sa.UniqueConstraint("token_hash"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "encounter",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("commune", sa.String(length=5), nullable=False),
        sa.Column("place_type", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.String(length=20), nullable=False),
        sa.Column("contact_mode", sa.String(length=40), nullable=False),
        sa.Column("age_band", sa.String(length=20), nullable=False),
        sa.Column("gender", sa.String(length=30), nullable=False),
        sa.Column("household", sa.String(length=40), nullable=False),
        sa.Column("activity", sa.String(length=40), nullable=False),
        sa.Column("rsa", sa.String(length=10), nullable=False),
        sa.Column("already_followed", sa.String(length=10), nullable=False),
        sa.Column("first_contact_year", sa.String(length=20), nullable=False),
        sa.Column("first_contact_ever", sa.String(length=20), nullable=False),
        sa.Column("duration_band", sa.String(length=30), nullable=False),
        sa.Column("accompanied", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "enrolment_code",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "code_hash"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "follow_up",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject_kind", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("reported_by", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("territory", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_follow_up_subject_id"), "follow_up", ["subject_id"], unique=False)
    op.create_table(
        "need",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("encounter_id", sa.String(length=36), nullable=False),
        sa.Column("theme", sa.String(length=100), nullable=False),
        sa.Column("expression", sa.String(length=20), nullable=False),
        sa.Column("last_mile", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("territory", "encounter_id", "theme"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "obstacle",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("encounter_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("territory", "encounter_id", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_obstacle_id"), "obstacle", ["id"], unique=False)
    op.create_table(
        "past_revision",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("device_id", sa.String(length=36), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "id", "revision"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "presence",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("commune", sa.String(length=5), nullable=False),
        sa.Column("place_type", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.String(length=20), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("agents", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "record",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("team", sa.String(length=40), nullable=True),
        sa.Column("device_id", sa.String(length=36), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "id"),
    )
    op.create_index("record_in_order", "record", ["territory", "seq"], unique=True)
    op.create_table(
        "referral",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("encounter_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("service", sa.String(length=100), nullable=False),
        sa.Column("theme", sa.String(length=100), nullable=True),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("territory", "encounter_id", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_referral_id"), "referral", ["id"], unique=False)
    op.create_table(
        "right",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("encounter_id", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("right", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("territory", "encounter_id", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_right_id"), "right", ["id"], unique=False)
    op.create_table(
        "service",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("presentation", sa.String(length=500), nullable=True),
        sa.Column("network", sa.String(length=60), nullable=True),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("publics", sa.JSON(), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column("commune", sa.String(length=5), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("opening_hours", sa.String(length=500), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=True),
        sa.Column("status", sa.String(length=200), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("territory", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "team",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("territory", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "territory",
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("epoch", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
        sqlite_with_rowid=False,
    )
