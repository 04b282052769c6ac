"""What somebody writes into the security log to break whoever reads it: it is told, and acts on nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, update

from shared.territory import TERRITORY
from sync_server.storage import database, log_check, security_log
from sync_server.storage.log_check import LogHead
from sync_server.storage.security_log import ENTRY, Happening
from tests.sync_server.storage.test_security_log import change, found, happen, head, server, used

__all__ = ["server", "used"]
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("about", ["", "rien", "1", "un " + "a" * 64])
def test_an_act_overwritten_with_nonsense_is_told_as_a_line_changed(used: Engine, about: str) -> None:
    change(used, update(ENTRY).where(ENTRY.c.kind == "act").values(about=about))
    assert log_check.CHANGED.format(number=4) in found(used, head(used))


@SQLITE  # the other keeps no word in a column of days
def test_a_day_overwritten_with_nonsense_in_the_audit_log_is_told(used: Engine) -> None:
    with database.writing(used) as connection:
        connection.exec_driver_sql("UPDATE audit_entry SET day = 'hier'")
    assert log_check.ACTS_BROKEN.format(number=1) in found(used)


@SQLITE  # the other keeps no word in a column of numbers
def test_a_backup_put_back_that_is_invented_with_nonsense_explains_nothing(used: Engine) -> None:
    told = head(used)
    with database.writing(used) as connection:
        connection.exec_driver_sql(
            "UPDATE security_entry SET kind = 'restored', at = 'demain', count = 'tout', digest = ''"
            " WHERE number = 5"
        )
    assert len(found(used, told)) == 3


CLEARED = "\x1b[2J\x1b[HLe journal tient.\n\x9b8m\u202e"


@SQLITE  # the other keeps no more than 16 characters there
def test_a_key_named_to_wipe_the_screen_wipes_nothing(used: Engine) -> None:
    change(used, update(ENTRY).where(ENTRY.c.number == 5).values(key_id=CLEARED))
    said = found(used)
    assert any("Le journal tient." in fault for fault in said)
    assert all(fault.isprintable() for fault in said)


@pytest.mark.parametrize("written", [CLEARED, "a\u2028b", "\udcff.sauvegarde"], ids=ascii)
def test_what_would_act_on_a_terminal_is_not_kept(used: Engine, written: str) -> None:
    happen(used, Happening("export", written, f"/console/rapports/{written}.csv"))
    with database.reading(used) as connection:
        *_, last = security_log.read_all(connection, TERRITORY)
    assert last.who.isprintable()
    assert last.about.isprintable()
    assert found(used) == []


@pytest.mark.parametrize(
    ("moment", "number"),
    [("2026-99-01T09:00:00Z", "1"), ("2026-12-01T09:00:61Z", "1"), ("2026-12-01T09:00:00Z", "9" * 5_000)],
    ids=["month", "second", "number"],
)
def test_a_login_tried_by_ssh_that_reads_like_a_head_keeps_none_from_being_read(moment: str, number: str) -> None:
    true = LogHead(1_796_000_000, TERRITORY, 12, "a" * 64)
    line = f"sshd[7]: Invalid user {moment} {TERRITORY} {number} {'b' * 64} from 192.0.2.7"
    assert log_check.read_heads([line, true.write()]) == [true]
