"""Choice (choice): a local code of the territory, which the coordination adds to a choice list."""

from __future__ import annotations

import datetime

from pydantic import Field

from shared.models.base import CODE, Fields


class ChoiceFields(Fields):
    """A local code as the tablets pull it.

    `list` names the choice list, `order` is its place there; it counts under the code `national` of the same list.
    `retired_on` is the day from which it is proposed no more: what was recorded with it stays valid.
    """

    list: str = Field(max_length=40)
    code: str = Field(max_length=CODE)
    label: str = Field(max_length=300)
    order: int
    national: str = Field(max_length=CODE)
    retired_on: datetime.date | None = None
