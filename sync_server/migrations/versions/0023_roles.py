"""A tablet is confirmed before it reads; a partner's account names its service; a second factor (2026-12-01)."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("enrolment_code", sa.Column("unconfirmed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("device", sa.Column("confirmed_on", sa.Date(), nullable=True))
    op.execute("UPDATE device SET confirmed_on = enrolled_on")  # they read already
    op.add_column("account", sa.Column("service_id", sa.String(length=100), nullable=True))
    op.add_column("account", sa.Column("totp_secret", sa.Text(), nullable=False, server_default=""))
    op.add_column("account", sa.Column("temporary_until", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("account", sa.Column("totp_step", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("console_session", sa.Column("proved_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "recovery_code",
        sa.Column("territory", sa.String(length=3), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("territory", "code_hash"),
        sqlite_with_rowid=False,
    )
