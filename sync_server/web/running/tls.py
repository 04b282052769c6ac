"""Serve over HTTPS with a certificate of one's own, or refuse to serve in clear beyond this machine."""

from __future__ import annotations

import ssl
import stat
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509

from sync_server.settings import Settings

OTHERS = 0o037
"""What nobody may do with a key: others anything, its group more than read. The group of a key reads it on Debian
(`ssl-cert`), and a key that systemd hands over looks so."""
SHORT = 21
"""Days before its end from which a certificate is told at the start: one of 90 days is renewed at 30."""
IN_CLEAR = (
    "Le serveur refuse de répondre en clair sur « {host} » : sur le réseau, d’autres liraient tout. Donnez-lui un"
    " certificat par TLS_CERTIFICATE et TLS_KEY ; ou laissez SERVER_HOST à 127.0.0.1, derrière un mandataire TLS"
    " de la même machine ; ou, si ce mandataire est ailleurs et le chemin jusqu’à lui sûr, donnez PLAIN_HTTP=true."
)
HALF = "TLS_CERTIFICATE et TLS_KEY vont ensemble : donnez aussi {missing}, ou retirez l’autre."
OPEN_KEY = (
    "La clé du certificat « {path} » est ouverte à d’autres comptes (droits {mode:03o}) : le serveur ne s’en sert"
    " pas. Fermez-la par « chmod 600 {path} », ou 640 si son groupe doit la lire ; si quelqu’un a pu la lire,"
    " faites-en une autre."
)
NO_CERTIFICATE = (
    "« {path} » n’est pas un certificat PEM. Donnez dans TLS_CERTIFICATE le fichier de toute la chaîne."
)
LOCKED_KEY = (
    "La clé « {path} » demande une phrase secrète, que personne n’est là pour taper : donnez-la sans phrase."
)
NOT_ITS_KEY = "La clé « {key} » n’est pas celle du certificat « {certificate} » : donnez les deux ensemble."
UNUSABLE = (
    "OpenSSL refuse la clé « {key} » ou le certificat « {certificate} » ({reason}). Donnez deux fichiers PEM,"
    " d’une clé de 2048 bits au moins."
)


def is_loopback(host: str) -> bool:
    """Tell whether this address is reached from this machine alone; a name that is not `localhost` may be any."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def open_context(settings: Settings) -> ssl.SSLContext | None:
    """Return what the server encrypts with; None where it answers in clear, to this machine or because it was told
    to. Raises ValueError, in French, that says what to do, and OSError of a file that cannot be read."""
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None and key is None:
        if not (settings.plain_http or is_loopback(settings.server_host)):
            raise ValueError(IN_CLEAR.format(host=settings.server_host))
        return None
    if certificate is None or key is None:
        raise ValueError(HALF.format(missing="TLS_KEY" if key is None else "TLS_CERTIFICATE"))
    check_rights(key, OPEN_KEY)
    read_end(certificate)
    return _load(certificate, key)


def check_rights(secret: Path, said: str) -> None:
    """Require that others cannot read a file. It is refused and not closed: whoever could read it may have.
    Raises ValueError with what is said, its `path` and its `mode` filled in."""
    with secret.open("rb"):  # one that we cannot read is told by its name
        mode = stat.S_IMODE(secret.stat().st_mode)
    if mode & OTHERS:
        raise ValueError(said.format(path=secret, mode=mode))


def read_end(certificate: Path) -> datetime:
    """Return the moment until which it is valid, in UTC. Raises ValueError, in French, on a file that is none."""
    try:
        return x509.load_pem_x509_certificates(certificate.read_bytes())[0].not_valid_after_utc
    except ValueError as error:
        raise ValueError(NO_CERTIFICATE.format(path=certificate)) from error


def _load(certificate: Path, key: Path) -> ssl.SSLContext:
    def ask_nobody() -> str:
        raise ValueError(LOCKED_KEY.format(path=key))  # OpenSSL would wait for somebody at the keyboard

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, ask_nobody)
    except ssl.SSLError as error:
        said = NOT_ITS_KEY if error.reason == "KEY_VALUES_MISMATCH" else UNUSABLE
        raise ValueError(said.format(key=key, certificate=certificate, reason=error.reason)) from error
    return context
