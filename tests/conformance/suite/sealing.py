"""Ciphers and vaults: the same bytes on every platform."""

from __future__ import annotations

import asyncio
from datetime import date

from field_app.locking import transfer_file
from field_app.ports.secret import SecretBytes
from field_app.ports.vault import SealBrokenError, Stretch
from field_app.store.kept import Kept
from shared import ids
from tests.conformance.suite.subject import SECRET, Subject, refused

hexed = bytes.fromhex
KEY = bytes(range(32))
NIST = {
    "key": "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
    "nonce": "cafebabefacedbaddecaf888",
    "plain": "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    "bound": "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    "sealed": "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
}
"""Test case 16 of McGrew and Viega, The Galois/Counter Mode of Operation: AES-256, with bound data."""
OF_NOTHING = "fd2caa16a5832e76aa132c1453eeda7e"
"""The tag of no plaintext, nothing bound, under that key and nonce."""
STRETCHED = [
    (b"482916", KEY[:16], (3, 65536, 4), "b24891c4be422996ad8eeff481ef3cc63d9a6b34e5725aa4a5c9ab2a21d9a2a2"),
    (b"482916", KEY[:16], (1, 64, 1), "5bb67253906a35893491e99b5cfdc7cb4dd705836594631918e9227b968dc460"),
    ("é’🦊".encode(), KEY[:8], (2, 1024, 4), "f2f50df8defbef133ac8d6a54591fb0ef59701cfdf27faf3ee8049bea396082a"),
    (b"x" * 100, KEY, (4, 256, 2), "ba2e0594c231a7f6e5dddef95e087de465526dd5708f255e7e277f57a4a27e55"),
]  # fmt: skip
"""What argon2-cffi 25.1 makes of a secret, a salt, and (passes, KiB, lanes)."""
CODE, PIN = "ABCD-EFGH-JKLM-NPQR", "482916"
SMALL = Stretch(KEY[:16], time=1, memory=64, lanes=1)
WRITTEN = Kept(
    ids.new_id(date(2026, 3, 9), 7), "encounter", {"commune": "90052", "note": "Œuvre « é »"}, state="pending"
)


async def a_known_plaintext_seals_to_the_known_bytes(subject: Subject) -> None:
    cipher = subject.ciphers.aes_gcm(hexed(NIST["key"]))
    nonce, plain, bound, sealed = (hexed(NIST[name]) for name in ("nonce", "plain", "bound", "sealed"))
    assert await cipher.encrypt(nonce, plain, bound) == sealed
    assert await cipher.decrypt(nonce, sealed, bound) == plain
    assert (await cipher.encrypt(nonce, b"", b"")).hex() == OF_NOTHING
    assert await cipher.decrypt(nonce, hexed(OF_NOTHING), b"") == b""


async def a_changed_byte_another_place_and_another_key_are_refused(subject: Subject) -> None:
    nonce, bound, sealed = (hexed(NIST[name]) for name in ("nonce", "bound", "sealed"))
    cipher = subject.ciphers.aes_gcm(hexed(NIST["key"]))
    for place in (0, 40, len(sealed) - 16, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[place] ^= 1
        await refused(ValueError, cipher.decrypt(nonce, bytes(changed), bound))
    await refused(ValueError, cipher.decrypt(nonce, sealed, bound[:-1]))
    await refused(ValueError, cipher.decrypt(bytes(12), sealed, bound))
    await refused(ValueError, subject.ciphers.aes_gcm(KEY).decrypt(nonce, sealed, bound))


async def short_rubbish_is_refused_like_a_wrong_tag(subject: Subject) -> None:
    cipher, nonce = subject.ciphers.aes_gcm(KEY), bytes(12)
    for rubbish in (b"", b"x", bytes(15), bytes(16)):
        await refused(ValueError, cipher.decrypt(nonce, rubbish, b"row"))
    vault = subject.ports.vaults.of(KEY)
    for length in (0, 1, 7, 8, 11, 12, 13, 27, 28, 29):
        await refused(SealBrokenError, vault.open(bytes(length), "row"))
        assert await vault.open_all([(bytes(length), "row")]) == [None]


async def a_large_row_and_five_hundred_at_once_open_again(subject: Subject) -> None:
    vault = subject.ports.vaults.new()
    large = KEY * 40_000
    assert await vault.open(await vault.seal(large, "row"), "row") == large
    rows = await asyncio.gather(*(vault.seal(b"%d" % n, f"row {n}") for n in range(500)))
    assert len({row[:12] for row in rows}) == 500
    opened = await asyncio.gather(*(vault.open(row, f"row {n}") for n, row in enumerate(rows)))
    assert opened == [b"%d" % n for n in range(500)]
    assert await vault.open_all([(row, f"row {n}") for n, row in enumerate(rows)]) == opened
    assert await vault.open_all([]) == []
    moved = [(rows[0], "row 0"), (rows[0], "row 1"), (await vault.seal(b"", "row"), "row"), (rows[2], "row 2")]
    assert await vault.open_all(moved) == [b"0", None, b"", b"2"]  # one that does not open takes no other along
    mixed = await asyncio.gather(*(vault.open(rows[0], f"row {n}") for n in range(3)), return_exceptions=True)
    assert [type(found) for found in mixed] == [bytes, SealBrokenError, SealBrokenError]


async def a_secret_is_stretched_to_the_bytes_of_argon2id(subject: Subject) -> None:
    for secret, salt, (time, memory, lanes), expected in STRETCHED:
        found = await subject.ciphers.argon2id(secret, salt, time, memory, lanes)
        assert found.hex() == expected, (secret, time, memory, lanes)


async def nothing_typed_opens_nothing(subject: Subject) -> None:
    vaults = subject.ports.vaults
    await refused(SealBrokenError, vaults.stretched("", SMALL))
    file = await transfer_file.sealed([WRITTEN], CODE, vaults)
    for code in ("", "-", " – "):  # nothing of them is a digit or a letter of a code
        await refused(transfer_file.TransferError, transfer_file.opened(file, code, vaults))


async def the_keys_of_a_secret_at_hand_are_those_of_hkdf(subject: Subject) -> None:
    salted = await SecretBytes(range(13)).extract(b"\x0b" * 22)  # RFC 5869, A.1
    assert salted.hex() == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
    vaults = subject.ports.vaults
    assert vaults.of(KEY).key_id == "3c702390c447ed72"
    assert (await vaults.key_encryption_key(SECRET)).key_id == "dabd7481844905c8"
    assert (await vaults.key_encryption_key(SECRET, bytes(32))).key_id == "b79fb03fa226384f"


async def seal_for_the_other(subject: Subject) -> dict[str, str]:
    """Return in hexadecimal a row, its data key wrapped by the secret alone and with the PIN, and an export."""
    vaults, data = subject.ports.vaults, subject.ports.vaults.new()
    alone = await vaults.key_encryption_key(SECRET)
    with_pin = await vaults.key_encryption_key(SECRET, await vaults.stretched(PIN, SMALL))
    made = {
        "row": await data.seal("Œuvre « é »".encode(), "row 7"),
        "alone": await data.wrapped_by(alone),
        "with pin": await data.wrapped_by(with_pin),
        "file": await transfer_file.sealed([WRITTEN], CODE, vaults),
    }
    return {name: content.hex() for name, content in made.items()}


async def what_the_other_platform_sealed_opens(subject: Subject) -> None:
    vaults = subject.ports.vaults
    brought = {name: hexed(content) for name, content in subject.brought.items()}
    alone = await vaults.key_encryption_key(SECRET)
    with_pin = await vaults.key_encryption_key(SECRET, await vaults.stretched(PIN, SMALL))
    for name, key in (("alone", alone), ("with pin", with_pin)):
        data = await vaults.unlock(brought[name], key)
        assert (await data.open(brought["row"], "row 7")).decode() == "Œuvre « é »"
        await refused(SealBrokenError, data.open(brought["row"], "row 8"))
    await refused(SealBrokenError, vaults.unlock(brought["with pin"], alone))
    assert await transfer_file.opened(brought["file"], CODE.lower(), vaults) == [WRITTEN]
    await refused(transfer_file.TransferError, transfer_file.opened(brought["file"], "Z" + CODE[1:], vaults))


CHECKS = (
    a_known_plaintext_seals_to_the_known_bytes, a_changed_byte_another_place_and_another_key_are_refused,
    short_rubbish_is_refused_like_a_wrong_tag, a_large_row_and_five_hundred_at_once_open_again,
    a_secret_is_stretched_to_the_bytes_of_argon2id, nothing_typed_opens_nothing,
    the_keys_of_a_secret_at_hand_are_those_of_hkdf, what_the_other_platform_sealed_opens,
)  # fmt: skip
