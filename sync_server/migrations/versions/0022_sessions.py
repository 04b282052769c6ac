"""A session of the console that is left alone ends, and is known a day longer: what was typed in it comes back."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    # Who was signed in before signs in once more: when they last asked is not known.
    op.add_column("console_session", sa.Column("seen_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("console_session", sa.Column("ended", sa.Boolean(), nullable=False, server_default=sa.false()))
