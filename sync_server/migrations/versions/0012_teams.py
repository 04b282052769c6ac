"""The columns and the history tell whose a record is: the log that does may lose it (2026-11-29)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
HEADS = ("encounter", "follow_up", "group_session", "partner_contact", "presence", "service_report")


def upgrade() -> None:
    for name in (*HEADS, "past_revision"):
        op.add_column(name, sa.Column("team", sa.String(length=40), nullable=True))
        kept, log = _named(name), _named("record")
        same = (log.c.territory == kept.c.territory) & (log.c.id == kept.c.id)
        team = sa.select(log.c.team).where(same).scalar_subquery()
        op.execute(sa.update(kept).values(team=team))
    past, device = _named("past_revision"), _named("device")
    wrote = (device.c.territory == past.c.territory) & (device.c.id == past.c.device_id)
    team = sa.select(device.c.team).where(wrote).scalar_subquery()  # of what the log lost already
    op.execute(sa.update(past).where(past.c.team.is_(None), past.c.kind != "service").values(team=team))


def _named(name: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(one) for one in ("territory", "id", "team", "device_id", "kind")))
