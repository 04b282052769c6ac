"""What is sealed opens only where it was sealed, and under the device's own secret."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from field_app.ports.vault import (
    AesGcmVault,
    SealBrokenError,
    Stretch,
    key_encryption_key,
    new_stretch,
    new_vault,
    unlock,
)
from tests.field_app.world import SECRET

KEY = bytes(32)


@given(st.binary(max_size=200), st.text(max_size=20))
async def test_what_is_sealed_opens_again(plaintext: bytes, about: str) -> None:
    vault = AesGcmVault(KEY)
    sealed = await vault.seal(plaintext, about)
    assert await vault.open(sealed, about) == plaintext
    assert len(sealed) == 12 + len(plaintext) + 16


async def test_the_same_words_never_seal_alike() -> None:
    vault = AesGcmVault(KEY)
    assert len({await vault.seal(b"secret", "row") for _ in range(50)}) == 50


async def test_a_row_put_in_the_place_of_another_is_refused() -> None:
    vault = AesGcmVault(KEY)
    sealed = await vault.seal(b"secret", "row 1")
    with pytest.raises(SealBrokenError):
        await vault.open(sealed, "row 2")


@pytest.mark.parametrize("place", [0, 11, 12, -1])
async def test_a_changed_byte_is_refused(place: int) -> None:
    vault = AesGcmVault(KEY)
    sealed = bytearray(await vault.seal(b"secret", "row"))
    sealed[place] ^= 1
    with pytest.raises(SealBrokenError):
        await vault.open(bytes(sealed), "row")


@pytest.mark.parametrize("rubbish", [b"", b"short", bytes(12)])
async def test_rubbish_is_refused_without_another_error(rubbish: bytes) -> None:
    with pytest.raises(SealBrokenError):
        await AesGcmVault(KEY).open(rubbish, "row")


async def test_the_data_key_is_wrapped_by_the_device_secret() -> None:
    key = key_encryption_key(SECRET)
    vault = new_vault()
    wrapped = await vault.wrapped_by(key)
    sealed = await vault.seal(b"secret", "row")
    assert await (await unlock(wrapped, key)).open(sealed, "row") == b"secret"
    assert SECRET not in wrapped
    with pytest.raises(SealBrokenError):
        await unlock(wrapped, key_encryption_key(bytes(32)))


async def test_with_a_pin_both_the_pin_and_the_device_are_needed() -> None:
    stretch = Stretch(bytes(16), time=1, memory=64, lanes=1)
    right = stretch.key("482916")
    wrapped = await new_vault().wrapped_by(key_encryption_key(SECRET, right))
    await unlock(wrapped, key_encryption_key(SECRET, right))
    for device, pin in ((SECRET, stretch.key("482917")), (bytes(32), right), (SECRET, b"")):
        with pytest.raises(SealBrokenError):
            await unlock(wrapped, key_encryption_key(device, pin))


def test_a_pin_is_stretched_by_argon2id_at_rfc_9106s_second_profile() -> None:
    stretch = new_stretch()
    assert (stretch.time, stretch.memory, stretch.lanes, len(stretch.salt)) == (3, 64 * 1024, 4, 16)
    assert new_stretch().salt != stretch.salt
    small = Stretch(b"somesaltsomesalt", time=1, memory=64, lanes=1)
    assert small.key("482916") == small.key("482916") != small.key("482917")


async def test_two_tablets_have_two_keys() -> None:
    sealed = await new_vault().seal(b"secret", "row")
    with pytest.raises(SealBrokenError):
        await new_vault().open(sealed, "row")


async def test_the_id_of_the_key_is_bound_to_each_row() -> None:
    vault = AesGcmVault(KEY)
    sealed = await vault.seal(b"secret", "row")
    cipher = AESGCM(KEY)
    assert cipher.decrypt(sealed[:12], sealed[12:], f"row|{vault.key_id}".encode()) == b"secret"
    with pytest.raises(InvalidTag):  # what says nothing of its key does not open, even under that key
        cipher.decrypt(sealed[:12], sealed[12:], b"row")
    assert vault.key_id != AesGcmVault(bytes(31) + b"1").key_id
    assert KEY.hex() not in vault.key_id
