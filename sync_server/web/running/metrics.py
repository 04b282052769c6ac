"""Count what the server does, and write it as Prometheus reads it: by sort of route and by status, how long, how
many batches. No team, account or tablet, no record and nothing of one, is in a name or a label (PRIVACY).

The counts are those of one process since its start, and are kept in memory.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from starlette.types import Scope

from sync_server.web.logs import request_log
from sync_server.web.logs.request_log import RequestEntry

PREFIX = "trait_dunion_"
CLASSES = {
    "/sync": "sync",
    "/devices": "enrolment",
    "/console": "console",
    "/coupon": "coupon",
    "/app": "app",
    "/static": "static",
    "/healthz": "watch",
    "/readyz": "watch",
    "/metrics": "watch",
}
"""Sorts of routes by the first part of the route as it is declared, never of the address that was asked."""
OTHER = "other"
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: a page is to take less than one, a batch over a bad link has half a minute."""
WAYS = {"/sync/push": "push", "/sync/pull": "pull"}
RECEIVED = ("accepted", "duplicate", "conflict", "refused")
LIMITED = ("sync", "console")
"""What has quotas."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One number behind its name. `suffix` is of a histogram; labels are ours, and hold nothing of a request."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Numbers of one name: a `counter`, a `gauge` or a `histogram`, explained in French."""

    name: str
    kind: str
    told: str
    samples: list[Sample]


@dataclass(slots=True)
class Metrics:
    """What one process counted. `head_told`: when the head of the security log last left the database, and
    `certificate_end`: until when the certificate that is served is valid, both in seconds since 1970."""

    begun: float = field(default_factory=time.time)
    head_told: int | None = None
    certificate_end: int | None = None
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    quick: Counter[tuple[str, float]] = field(default_factory=Counter)
    batches: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def note(self, entry: RequestEntry, scope: Scope) -> None:
        """Count a request that has ended. Called by the event loop alone, as `write` is."""
        route = request_log.name_route(scope)
        kind = name_class(route)
        seconds = time.perf_counter() - entry.begun
        self.requests[kind, entry.status] += 1
        self.spent[kind] += seconds
        for most in BUCKETS:
            if seconds <= most:
                self.quick[kind, most] += 1
        if entry.code == "quota_reached":
            self.refused[kind] += 1
        if entry.counts and (way := WAYS.get(route)):
            self.batches[way] += 1
            self.records.update(entry.counts if way == "push" else {"given": entry.counts["records"]})

    def list_counts(self) -> Iterator[Family]:
        """List what was counted since the start."""
        yield Family(
            "start_seconds", "gauge", "Démarrage de ce processus, en secondes depuis 1970.", [Sample(self.begun)]
        )
        told = "Demandes servies, par sorte de route et par code de réponse."
        by_status = (
            Sample(n, {"route": kind, "status": str(s)}) for (kind, s), n in sorted(self.requests.items())
        )
        yield Family("requests_total", "counter", told, list(by_status))
        told = "Durée des demandes, corps compris, par sorte de route."
        yield Family("request_seconds", "histogram", told, list(self._durations()))
        told = "Lots échangés avec les tablettes : reçus (push) et donnés (pull)."
        yield _counted("sync_batches_total", told, "way", self.batches, WAYS.values())
        told = "Saisies reçues, par reçu, et données."
        yield _counted("sync_records_total", told, "result", self.records, (*RECEIVED, "given"))
        told = "Demandes refusées parce qu’une tablette ou un compte a épuisé son avance."
        yield _counted("quota_refusals_total", told, "route", self.refused, LIMITED)

    def _durations(self) -> Iterator[Sample]:
        totals: Counter[str] = Counter()
        for (kind, _), count in self.requests.items():
            totals[kind] += count
        for kind, count in sorted(totals.items()):
            for most in BUCKETS:
                yield Sample(self.quick[kind, most], {"route": kind, "le": f"{most:g}"}, "_bucket")
            yield Sample(count, {"route": kind, "le": "+Inf"}, "_bucket")
            yield Sample(self.spent[kind], {"route": kind}, "_sum")
            yield Sample(count, {"route": kind}, "_count")


def name_class(route: str) -> str:
    """Return the sort of a route by its name as it is declared: `/console/saisies/{record_id}` is `console`."""
    return CLASSES.get("/" + route.split("/")[1] if route.startswith("/") else "", OTHER)


def _counted(name: str, told: str, label: str, counted: Mapping[str, int], known: Iterable[str]) -> Family:
    """Return a counter with each of its labels, at zero too: what never happened is seen the first time."""
    return Family(name, "counter", told, [Sample(counted.get(one, 0), {label: one}) for one in known])


def write(families: Iterable[Family]) -> str:
    """Write them in the text format of Prometheus, version 0.0.4."""
    lines = []
    for family in families:
        name = PREFIX + family.name
        lines += [f"# HELP {name} {family.told}", f"# TYPE {name} {family.kind}"]
        for one in family.samples:
            labels = ",".join(f'{label}="{value}"' for label, value in one.labels.items())
            lines.append(f"{name}{one.suffix}{f'{{{labels}}}' if labels else ''} {one.value:.15g}")
    return "\n".join(lines) + "\n"
