"""One input of a form of the console, whatever the form is about; `web/templates/_input.html` draws it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

InputType = Literal[
    "line", "lines", "phone", "number", "whole", "count", "rate", "euros", "day", "choice", "check"
]  # fmt: skip
"""`rate` is typed in % and kept as a fraction; `euros` are whole; `number` may have decimals, `whole` has none;
`count` begins at 1, and the browser's own box takes it; `check` is a box to tick, « oui » or nothing."""
Choices = Sequence[tuple[str, Sequence[tuple[str, str]]]]
"""Groups of choices: the label of each (empty for none), and its codes with their labels."""
FITS = 28
"""Characters of a choice that one column of the form shows whole."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to type. `label` reads alone, out of its table; `most` bounds a text when it is read, `maxlength`
    in the box already (0: no bound). `value` is the text in the box, `problems` why it was refused, and `newer`
    what somebody else saved meanwhile."""

    name: str
    label: str
    input_type: InputType = "line"
    hint: str = ""
    most: int = 0
    required: bool = False
    choices: Choices = ()
    value: str = ""
    problems: Sequence[str] = ()
    newer: str = ""
    maxlength: int = 0

    @property
    def unit(self) -> str:
        """Unit written after the box."""
        return {"rate": "%", "euros": "€"}.get(self.input_type, "")

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels of the choices by their codes."""
        return {code: label for _, group in self.choices for code, label in group}

    @property
    def wide(self) -> bool:
        """Whether a choice would be cut in one column."""
        return any(len(label) > FITS for label in self.labels.values())

    @property
    def html_type(self) -> str:
        """Type of the box. A browser empties a box of days of a text that is no day: that one stays a text."""
        if self.input_type == "day":
            return "date" if not self.value or _DAY.fullmatch(self.value) else "text"
        return {"count": "number", "phone": "tel"}.get(self.input_type, "text")
