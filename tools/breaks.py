"""The breaks of `make mutations`: each promise, how it is broken, and the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass

Change = tuple[str, str, str]
"""A file, what stands there, and what stands there instead."""
FLEET = "tests/faults/test_nothing_is_lost.py"
"""The random histories: beside a test of one situation, which does not depend on chance."""
FLOOD = "tests/sync_server/web/load/test_flood.py"


@dataclass(frozen=True, slots=True)
class Mutation:
    """A promise that is broken, how, and the tests which must notice, each of them."""

    name: str
    tests: tuple[str, ...]
    changes: tuple[Change, ...]


SYNCHRONOUS = 'connection.execute("PRAGMA synchronous = FULL")'
MUTATIONS = (
    Mutation(
        "The tablet drops the fsync",
        ("tests/field_app/store/test_local_store.py",),
        (("field_app/ports/storage.py", SYNCHRONOUS, SYNCHRONOUS.replace("FULL", "OFF")),),
    ),
    Mutation(
        "The server drops the fsync",
        ("tests/sync_server/storage/test_database.py",),
        (("sync_server/storage/database.py", SYNCHRONOUS, SYNCHRONOUS.replace("FULL", "OFF")),),
    ),
    Mutation(
        "The receipt leaves before the commit",
        ("tests/journeys/test_server_killed.py",),
        (
            (
                "sync_server/intake/store.py",
                """        with database.writing(engine) as connection:
            return _write(connection, batch, make_room=bool(left))
    except""",
                """        import threading

        def later() -> None:
            with database.writing(engine) as connection:
                _keep(connection, sender, judged, today)

        threading.Timer(0.05, later).start()
        return _in_order(answers | {item.place: receipt(item, "accepted") for item in judged})
    except""",
            ),
        ),
    ),
    Mutation(
        "A line that comes or goes shifts the field being typed in",
        ("tests/field_app/forms/test_typing.py",),
        (("field_app/widgets/layout.py", 'control.key = f"{place} ', '_ = f"{place} '),),
    ),
    Mutation(
        "The cursor is a plain number taken before the commit",
        ("tests/sync_server/intake/test_cursor.py",),
        (
            ("sync_server/storage/database.py", "== territory).with_for_update()", "== territory)"),
            (
                "sync_server/intake/sequence.py",
                "    last: int = connection.execute(taken.returning(TERRITORY.c.seq)).scalar_one()\n",
                """    with connection.engine.begin() as own:
        last: int = own.execute(taken.returning(TERRITORY.c.seq)).scalar_one()
""",
            ),
        ),
    ),
    Mutation(
        "A crash clears the queue",
        ("tests/field_app/store/test_local_store.py", FLEET),
        (
            (
                "field_app/locking/opening.py",
                "                _upgrade(connection)\n",
                """                _upgrade(connection)
                connection.execute("DELETE FROM sealed WHERE state = 'pending'")
""",
            ),
        ),
    ),
    Mutation(
        "A pull overwrites a pending edit",
        ("tests/field_app/store/test_local_store.py", FLEET),
        (
            (
                "field_app/store/from_server.py",
                "if mine is not None and mine.state not in HELD_THERE:",
                "if False:",
            ),
        ),
    ),
    Mutation(
        "A repeated push is a new record",
        ("tests/field_app/sync/test_sync.py", FLEET),
        (
            (
                "sync_server/intake/judge.py",
                "            return Incoming(place, record, digest)\n",
                """            import uuid

            record.id = record.id[:24] + uuid.uuid4().hex[:12]
            return Incoming(place, record, digest)
""",
            ),
        ),
    ),
    Mutation(
        "What travels is what was sent, not what was judged",
        ("tests/sync_server/intake/test_judged_form.py",),
        (("sync_server/intake/store.py", '"body": item.body,', '"body": json.dumps(item.record.fields),'),),
    ),
    Mutation(
        "A record that cannot be read refuses its batch",
        ("tests/sync_server/intake/test_one_bad_record.py::test_packed_it_is_the_same",),
        (
            (
                "sync_server/intake/batches.py",
                """    except _UNREADABLE:
        return {"records": [Unsplit(body)]}
""",
                """    except _UNREADABLE:
        raise
""",
            ),
        ),
    ),
    Mutation(
        "What a restored server lost is not sent again",
        ("tests/field_app/sync/test_reconciled.py", FLEET),
        (("field_app/sync/proof.py", "await store.send_again(lost.ids)", "await store.send_again([])"),),
    ),
    Mutation(
        "A refetch leaves out the old deletions",
        ("tests/sync_server/intake/test_cursor.py", "tests/field_app/sync/test_reconciled.py"),
        (
            (
                "sync_server/intake/pulling.py",
                "or_(c.deleted, c.day.is_(None), c.day >= since, later)",
                "or_(c.day.is_(None), c.day >= since, and_(later, ~c.deleted), c.deleted & bool(place.number))",
            ),
        ),
    ),
    Mutation(
        "What leaves the window is hidden from who holds it",
        ("tests/sync_server/intake/test_cursor.py",),
        (("sync_server/intake/pulling.py", "c.day >= since, later)", "c.day >= since)"),),
    ),
    Mutation(
        "The sequence went back, and only its number is looked at",
        ("tests/sync_server/intake/test_put_back.py",),
        (
            (
                "sync_server/intake/sequence.py",
                "    return shown.mark <= last and connection.scalar(mark) == shown.nonce\n",
                "    return shown.mark <= last and mark is not None\n",
            ),
        ),
    ),
    Mutation(
        "The server trusts whoever knows an id",
        ("tests/sync_server/intake/test_whose_it_is.py",),
        (
            (
                "sync_server/intake/decision.py",
                "if head is not None and not item.apart and not sender.owns(head.team):",
                "if False:",
            ),
        ),
    ),
    Mutation(
        "A refusal erases the repère that stood",
        ("tests/field_app/store/test_private_notes.py",),
        (
            (
                "field_app/store/private_notes.py",
                "not _begins(now, refused, cause):\n            return now",
                "False:\n            return now",
            ),
        ),
    ),
    Mutation(
        "A hostile text freezes the server",
        (
            "tests/shared/test_personal_data.py::test_a_hostile_text_is_searched_in_a_time_that_grows_with_its_length",
        ),
        (("shared/personal_data.py", r're.compile(r"[^\s@]\s?(?:@', r're.compile(r"[^\s@]+\s?(?:@'),),
    ),
    Mutation(
        "The last outcome stands rather than the furthest",
        ("tests/sync_server/figures/test_indicators.py",),
        (
            (
                "sync_server/figures/compiler.py",
                "return rank.desc(), FOLLOW_UP.c.day.desc()",
                "return FOLLOW_UP.c.day.desc(), rank.desc()",
            ),
        ),
    ),
    Mutation(
        "A tablet put back to an earlier file gets nothing back",
        ("tests/field_app/sync/test_put_back.py", FLEET),
        (("field_app/sync/proof.py", "store.take_back(found.records, page.marks)", "store.take_back([], {})"),),
    ),
    Mutation(
        "A sign-in is counted after its password is looked at, sixty at a time",
        (f"{FLOOD}::test_of_sixty_wrong_passwords_at_once_from_one_address_ten_are_looked_at",),
        (
            ("sync_server/access/accounts.py", "PASSWORDS_AT_ONCE = 2\n", "PASSWORDS_AT_ONCE = 60\n"),
            (
                "sync_server/access/accounts.py",
                """        if limit:
            with database.writing(engine) as connection:
                counted = brakes.count(connection, territory, tried, limit.now)
        kept = _find_right(engine, territory, login, password)
        if kept is None:
            return None
""",
                """        kept = _find_right(engine, territory, login, password)
        if kept is None:
            if limit:
                with database.writing(engine) as connection:
                    counted = brakes.count(connection, territory, tried, limit.now)
            return None
""",
            ),
        ),
    ),
)
