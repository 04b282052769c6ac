"""What a device wrote is found by the device: for the reconciliation (2026-11-23)."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for table in ("record", "past_revision"):
        op.create_index(f"{table}_by_device", table, ["territory", "device_id"])
