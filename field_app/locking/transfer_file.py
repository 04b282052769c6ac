"""The way out of a broken tablet: what the server has not acknowledged, in one sealed file.

The key comes from a code of 80 random bits that is shown once and never written in the file.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from field_app.ports.vault import AesGcmVault, SealBrokenError, Stretch, Vaults, new_stretch
from field_app.store.kept import Kept, from_stored
from shared.coupons import ALPHABET

_MAGIC = b"TDU1"
"""What the file begins with: its format and version, authenticated with the rest."""
_CODE = 16
_SALT = 16


class TransferError(Exception):
    """The file or the code is not right: a French sentence. Nothing was changed."""


def new_code() -> str:
    """Return 80 random bits as they are copied on paper: `ABCD-EFGH-JKLM-NPQR`."""
    bare = "".join(secrets.choice(ALPHABET) for _ in range(_CODE))
    return "-".join(bare[i : i + 4] for i in range(0, _CODE, 4))


async def sealed(records: Sequence[Kept], code: str, vaults: Vaults) -> bytes:
    """Return the file that holds these records."""
    stretch = new_stretch()
    plain = json.dumps([kept.to_stored() for kept in records], ensure_ascii=False).encode()
    vault = await _vault(stretch, code, vaults)
    return _MAGIC + stretch.salt + await vault.seal(plain, _about(stretch))


async def opened(file: bytes, code: str, vaults: Vaults) -> list[Kept]:
    """Return the records of such a file. Raises TransferError."""
    if not file.startswith(_MAGIC):
        raise TransferError("Ce fichier n’est pas un export de cette application : choisissez-en un autre.")
    salt, ciphertext = file[len(_MAGIC) : len(_MAGIC) + _SALT], file[len(_MAGIC) + _SALT :]
    stretch = Stretch(salt.ljust(_SALT, b"\0"))
    try:
        vault = await _vault(stretch, code, vaults)
        plain = await vault.open(ciphertext, _about(stretch))
        return [Kept(**from_stored(record)) for record in json.loads(plain)]
    except (SealBrokenError, TypeError, ValueError) as error:
        raise TransferError(
            "Ce code n’ouvre pas ce fichier, ou le fichier est abîmé : vérifiez le code."
        ) from error


async def _vault(stretch: Stretch, code: str, vaults: Vaults) -> AesGcmVault:
    return vaults.of(await vaults.stretched("".join(c for c in code.upper() if c in ALPHABET), stretch))


def _about(stretch: Stretch) -> str:
    return f"{_MAGIC.decode()}|{stretch.salt.hex()}"
