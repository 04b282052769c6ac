"""The end of the audit log is kept beside it; files read in the form of before no longer wait (2026-11-26)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("territory", sa.Column("log_number", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("territory", sa.Column("log_digest", sa.String(length=64), nullable=False, server_default=""))
    last = "FROM audit_entry WHERE audit_entry.territory = territory.code"
    op.execute(f"UPDATE territory SET log_number = coalesce((SELECT max(number) {last}), 0)")  # noqa: S608  # nosec B608  # no input
    op.execute(
        f"UPDATE territory SET log_digest = coalesce((SELECT digest {last} AND number = log_number), '')"  # noqa: S608  # nosec B608  # no input
    )
    op.execute("DELETE FROM pending_import")
