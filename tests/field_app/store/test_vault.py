"""What is sealed opens only where it was sealed, and under the device's own secret."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from field_app.locking import transfer_file
from field_app.ports.desk.ciphers import DeskCiphers
from field_app.ports.secret import SecretBytes
from field_app.ports.vault import SealBrokenError, Stretch, Vaults, new_stretch
from tests.field_app.world import SECRET

VAULTS = Vaults(DeskCiphers())
KEY = bytes(32)


@given(st.binary(max_size=200), st.text(max_size=20))
async def test_what_is_sealed_opens_again(plaintext: bytes, about: str) -> None:
    vault = VAULTS.of(KEY)
    sealed = await vault.seal(plaintext, about)
    assert await vault.open(sealed, about) == plaintext
    assert len(sealed) == 12 + len(plaintext) + 16


async def test_the_same_words_never_seal_alike() -> None:
    vault = VAULTS.of(KEY)
    assert len({await vault.seal(b"secret", "row") for _ in range(50)}) == 50


async def test_a_row_put_in_the_place_of_another_is_refused() -> None:
    vault = VAULTS.of(KEY)
    sealed = await vault.seal(b"secret", "row 1")
    with pytest.raises(SealBrokenError):
        await vault.open(sealed, "row 2")


@pytest.mark.parametrize("place", [0, 11, 12, -1])
async def test_a_changed_byte_is_refused(place: int) -> None:
    vault = VAULTS.of(KEY)
    sealed = bytearray(await vault.seal(b"secret", "row"))
    sealed[place] ^= 1
    with pytest.raises(SealBrokenError):
        await vault.open(bytes(sealed), "row")


@pytest.mark.parametrize("rubbish", [b"", b"short", bytes(12)])
async def test_rubbish_is_refused_without_another_error(rubbish: bytes) -> None:
    with pytest.raises(SealBrokenError):
        await VAULTS.of(KEY).open(rubbish, "row")


async def test_the_data_key_is_wrapped_by_the_device_secret() -> None:
    key = await VAULTS.key_encryption_key(SECRET)
    vault = VAULTS.new()
    wrapped = await vault.wrapped_by(key)
    sealed = await vault.seal(b"secret", "row")
    assert await (await VAULTS.unlock(wrapped, key)).open(sealed, "row") == b"secret"
    assert bytes(SECRET) not in wrapped
    with pytest.raises(SealBrokenError):
        await VAULTS.unlock(wrapped, await VAULTS.key_encryption_key(SecretBytes(32)))


async def test_with_a_pin_both_the_pin_and_the_device_are_needed() -> None:
    stretch = Stretch(bytes(16), time=1, memory=64, lanes=1)
    right, wrong = await VAULTS.stretched("482916", stretch), await VAULTS.stretched("482917", stretch)
    key = await VAULTS.key_encryption_key(SECRET, right)
    wrapped = await VAULTS.new().wrapped_by(key)
    await VAULTS.unlock(wrapped, await VAULTS.key_encryption_key(SECRET, right))
    for device, pin in ((SECRET, wrong), (SecretBytes(32), right), (SECRET, b"")):
        with pytest.raises(SealBrokenError):
            await VAULTS.unlock(wrapped, await VAULTS.key_encryption_key(device, pin))


async def test_a_pin_is_stretched_by_argon2id_at_rfc_9106s_second_profile() -> None:
    stretch = new_stretch()
    assert (stretch.time, stretch.memory, stretch.lanes, len(stretch.salt)) == (3, 64 * 1024, 4, 16)
    assert new_stretch().salt != stretch.salt
    small = Stretch(b"somesaltsomesalt", time=1, memory=64, lanes=1)
    once = await VAULTS.stretched("482916", small)
    assert once == await VAULTS.stretched("482916", small) != await VAULTS.stretched("482917", small)


async def test_a_code_of_which_nothing_is_a_letter_or_a_digit_is_a_wrong_code() -> None:
    with pytest.raises(SealBrokenError):  # a browser stretches no empty secret
        await VAULTS.stretched("", Stretch(bytes(16), time=1, memory=64, lanes=1))
    file = await transfer_file.sealed([], "ABCD-EFGH-JKLM-NPQR", VAULTS)
    for code in ("", "-", " – "):
        with pytest.raises(transfer_file.TransferError, match="vérifiez le code"):
            await transfer_file.opened(file, code, VAULTS)


@pytest.mark.parametrize("pin", ["", "482916"])
async def test_the_keys_are_those_of_hkdf_so_that_old_tablets_open(pin: str) -> None:
    pin_key = await VAULTS.stretched(pin, Stretch(bytes(16), time=1, memory=64, lanes=1)) if pin else b""
    info, salt = (b"trait-dunion data key v2, with PIN", SECRET) if pin else (b"trait-dunion data key v1", None)
    key = HKDF(SHA256(), 32, salt=salt, info=info).derive(pin_key or SECRET)
    wrapped = await VAULTS.new().wrapped_by(VAULTS.of(key))
    await VAULTS.unlock(wrapped, await VAULTS.key_encryption_key(SECRET, pin_key))
    assert VAULTS.of(key).key_id == HKDF(SHA256(), 8, salt=None, info=b"trait-dunion key id v1").derive(key).hex()


async def test_two_tablets_have_two_keys() -> None:
    sealed = await VAULTS.new().seal(b"secret", "row")
    with pytest.raises(SealBrokenError):
        await VAULTS.new().open(sealed, "row")


async def test_the_id_of_the_key_is_bound_to_each_row() -> None:
    vault = VAULTS.of(KEY)
    sealed = await vault.seal(b"secret", "row")
    cipher = AESGCM(KEY)
    assert cipher.decrypt(sealed[:12], sealed[12:], f"row|{vault.key_id}".encode()) == b"secret"
    with pytest.raises(InvalidTag):  # what says nothing of its key does not open, even under that key
        cipher.decrypt(sealed[:12], sealed[12:], b"row")
    assert vault.key_id != VAULTS.of(bytes(31) + b"1").key_id
    assert KEY.hex() not in vault.key_id
