"""The same content gives the same bytes: office files are zip archives, which carry the hour they were made at."""

from __future__ import annotations

import io
import re
from datetime import date
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

_DATES = re.compile(rb"(<(?:dcterms:created|dcterms:modified|meta:creation-date|dc:date)\b[^>]*>)[^<]*")
_PROPERTIES = ("docProps/core.xml", "meta.xml")


def with_fixed_dates(content: bytes, day: date) -> bytes:
    """Return the archive with every date set to `day`, its parts in their order."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as found, ZipFile(out, "w") as made:
        for info in found.infolist():
            part = found.read(info)
            if info.filename in _PROPERTIES:
                part = _DATES.sub(rf"\g<1>{day}T00:00:00Z".encode(), part)
            fixed = ZipInfo(info.filename, (max(day.year, 1980), day.month, day.day, 0, 0, 0))
            # OpenDocument asks for its type first and unpacked, so that a file can be told without unpacking.
            fixed.compress_type = ZIP_STORED if info.filename == "mimetype" else ZIP_DEFLATED
            made.writestr(fixed, part, compresslevel=6)
    return out.getvalue()
