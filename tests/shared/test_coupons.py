from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

from shared import coupons

CODES = st.text(coupons.ALPHABET, min_size=8, max_size=8).map(
    lambda random: random + mod_37_36.calc_check_digit(random, coupons.ALPHABET)
)


def test_a_code_has_three_groups_and_no_character_that_looks_like_another() -> None:
    for _ in range(200):
        code = coupons.new_code()
        assert [len(group) for group in code.split("-")] == [3, 3, 3]
        assert not set(code) & set("01OI")


def test_codes_do_not_repeat() -> None:
    assert len({coupons.new_code() for _ in range(2_000)}) == 2_000


@given(CODES)
def test_a_code_is_read_however_it_is_typed(code: str) -> None:
    typed = [code, coupons.written(code), code.lower(), f" {code[:3]} {code[3:6]} {code[6:]} "]
    assert {coupons.bare(t) for t in typed} == {code}
    assert len({coupons.hashed(t) for t in typed}) == 1


@given(CODES, st.integers(0, 8), st.sampled_from(coupons.ALPHABET))
def test_one_wrong_character_is_always_seen(code: str, place: int, wrong: str) -> None:
    assume(code[place] != wrong)
    with pytest.raises(coupons.CouponError):
        coupons.bare(code[:place] + wrong + code[place + 1 :])


@pytest.mark.parametrize("typed", ["", "ABC", "ABC-DEF-GH0", "ABCDEFGHJK", "é" * 9, "<script>", "ABC-DEF-GHJ-KLM"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(coupons.CouponError):
        coupons.hashed(typed)


@given(CODES, CODES)
def test_the_hash_tells_two_codes_apart_and_does_not_hold_them(one: str, other: str) -> None:
    assume(one != other)
    assert coupons.hashed(one) != coupons.hashed(other)
    assert one.lower() not in coupons.hashed(one)
