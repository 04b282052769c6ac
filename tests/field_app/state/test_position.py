"""The device's position proposes a commune, on a tap, and is forgotten: never stored, never sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.ports.device import Locate, NoPositionError
from field_app.state.desk import Desk
from field_app.state.forms import begin
from field_app.state.services import Services
from shared import territory

LEPUIX = (47.7587, 6.8142)
"""A path above the village, in degrees: the digits are looked for in everything that is written."""


def standing(*where: float) -> Locate:
    async def locate() -> tuple[float, float]:
        return where[0], where[1]

    return locate


async def nowhere() -> tuple[float, float]:
    raise NoPositionError


@pytest.mark.parametrize("insee", list(territory.communes()))
def test_every_town_hall_stands_in_its_own_commune(insee: str) -> None:
    hall = territory.communes()[insee]
    assert territory.at(hall.latitude, hall.longitude) == hall


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_any_point_is_in_one_commune_or_in_none(latitude: float, longitude: float) -> None:
    found = territory.at(latitude, longitude)
    if not (47.3 < latitude < 48.0 and 6.6 < longitude < 7.3):
        assert found is None


async def test_the_commune_is_proposed_and_said(desk: Desk) -> None:
    desk.locate = standing(*LEPUIX)
    draft = await begin.new("encounter", desk)
    assert draft.may_locate
    await draft.locate()
    assert territory.communes()[draft.fields["commune"]].name == "Lepuix"
    assert draft.said == "Commune proposée : Lepuix. Vérifiez-la."
    assert draft.said_kind == "good"


async def test_nothing_of_the_position_is_kept_anywhere(desk: Desk, tmp_path: Path) -> None:
    desk.locate = standing(*LEPUIX)
    draft = await begin.new("encounter", desk)
    await draft.locate()
    services = Services(_desk=desk)
    await services.locate()
    [kept] = await desk.store.all()
    everything = f"{kept} {vars(draft)} {services.commune} {await desk.store.note('last used')}"
    for digits in ("47.7587", "6.8142"):
        assert digits not in everything
        assert not [f for f in tmp_path.iterdir() if digits.encode() in f.read_bytes()]


@pytest.mark.parametrize(
    ("where", "said"), [((48.85, 2.35), "hors du territoire"), (None, "n’est pas disponible")]
)
async def test_without_a_position_or_from_elsewhere_the_worker_chooses(
    desk: Desk, where: tuple[float, float] | None, said: str
) -> None:
    desk.locate = standing(*where) if where else nowhere
    draft = await begin.new("encounter", desk)
    await draft.locate()
    assert said in draft.said
    assert draft.said_kind == "warn"
    assert "commune" not in draft.fields
    services = Services(_desk=desk)
    await services.locate()
    assert services.commune == ""
    assert said in services.said
    await services.put_commune("90052")
    assert services.said == ""


async def test_a_device_that_cannot_say_shows_no_button(desk: Desk) -> None:
    assert not (await begin.new("encounter", desk)).may_locate
    assert not Services(_desk=desk).may_locate
    with pytest.raises(NoPositionError):
        await desk.commune_here()
