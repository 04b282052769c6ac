"""The settings, read from the environment, each with a default that works on a desk."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.territory import TERRITORY


def _small(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


def _addresses(text: str) -> str:
    """Require addresses or networks, with commas between; never `*`, which would believe anybody."""
    for one in text.split(","):
        if one.strip():
            ip_network(one.strip())  # strict, as uvicorn reads it
    return text


class Settings(BaseSettings):
    """Read from the environment by the upper-case name of each field (`DATABASE_URL`). The French
    descriptions make docs/reglages.md (`make reglages`)."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: str = Field(
        default="sqlite:///var/server/trait-dunion.db",
        description="L’adresse de la base : un fichier SQLite, ou `postgresql+psycopg://utilisateur@hôte/base`.",
    )
    state_folder: Path | None = Field(
        default=None,
        description="Un dossier hors de la base, où le serveur note jusqu’où allait son journal : il voit alors,"
        " à son démarrage, que la base a été remise à un état passé. Sans réglage : à côté du fichier SQLite ;"
        " avec PostgreSQL, il faut le donner.",
    )
    territory: str = Field(
        default=TERRITORY,
        description="Le territoire de ce serveur. Celui dont ce programme n’a pas les données est refusé.",
    )
    server_host: str = Field(
        default="127.0.0.1",
        description="L’adresse où le serveur écoute. Au-delà de cette machine, il lui faut un certificat"
        " (TLS_CERTIFICATE), ou PLAIN_HTTP.",
    )
    server_port: int = Field(default=8000, ge=0, le=65_535, description="Le port où il écoute.")
    tls_certificate: Path | None = Field(
        default=None,
        description="Le fichier PEM du certificat et de sa chaîne, si le serveur répond lui-même en HTTPS. Sans"
        " réglage : en clair, derrière un mandataire TLS de la même machine. Renouvelé, il est lu au redémarrage.",
    )
    tls_key: Path | None = Field(
        default=None,
        description="Le fichier PEM de la clé de ce certificat, sans phrase secrète. Il est refusé si d’autres"
        " comptes que son propriétaire et son groupe peuvent le lire.",
    )
    plain_http: bool = Field(
        default=False,
        description="Permet de répondre en clair au-delà de cette machine : seulement quand un mandataire TLS est"
        " devant, sur une autre machine ou devant un conteneur, et que le chemin jusqu’à lui est sûr.",
    )
    public_address: str = Field(
        default="",
        pattern=r"^(https://[A-Za-z0-9.-]+(:\d+)?|http://(localhost|127\.0\.0\.1)(:\d+)?)?$",
        description="L’adresse du serveur telle que les tablettes la voient, sans chemin :"
        " `https://trait-dunion.exemple.fr`. Les liens d’enrôlement commencent par elle ; sans réglage, par"
        " l’adresse à laquelle la console est ouverte.",
    )
    web_folder: Path = Field(
        default=Path("build/web"),
        description="Le dossier de l’application de terrain, que `make web` construit ; le serveur la donne à"
        " l’adresse `/app/`.",
    )
    session_hours: int = Field(
        default=8, ge=1, le=24, description="Combien d’heures on reste connecté à la console."
    )
    idle_minutes: int = Field(
        default=30,
        ge=5,
        le=480,
        description="Au bout de combien de minutes sans rien demander une connexion à la console prend fin. Ce qui"
        " était tapé revient une fois reconnecté.",
    )
    enrolment_minutes: int = Field(
        default=15, ge=1, le=60, description="Combien de minutes un code d’enrôlement reste valable."
    )
    device_window_days: int = Field(
        default=90, ge=1, description="Une tablette reçoit les saisies de son équipe de ces derniers jours-là."
    )
    trusted_proxies: Annotated[str, AfterValidator(_addresses)] = Field(
        default="127.0.0.1,::1",
        description="Les adresses du mandataire, séparées par des virgules (`10.0.0.5`, `10.0.0.0/24`) : de lui"
        " seul le serveur croit `X-Forwarded-For`. Vide : de personne. Avec une autre adresse que la sienne, tous"
        " paraissent venir du mandataire : la connexion reste possible, avec plus d’attente en cas d’attaque.",
    )
    failed_attempts: int = Field(
        default=10,
        ge=1,
        description="Connexions erronées à un même compte depuis une même adresse (en IPv6, un même /64), ou codes"
        " d’enrôlement erronés d’une même adresse, avant que l’essai suivant doive attendre. L’attente double à"
        " chaque erreur, de 5 secondes à un quart d’heure ; un essai est oublié tous les quarts d’heure. Un"
        " navigateur où l’on s’est déjà connecté à ce compte est compté à part.",
    )
    coupon_tries: int = Field(
        default=20,
        ge=1,
        description="Réponses à des coupons, justes ou non, d’une même adresse en un quart d’heure, avant qu’elle"
        " doive attendre, de plus en plus. Au-delà de vingt-cinq fois ce nombre, toutes adresses ensemble, chacun"
        " attend quelques secondes.",
    )
    push_quota: int = Field(
        default=5_000,
        ge=500,
        description="Saisies qu’une tablette peut envoyer d’affilée ; cette avance se refait en une heure."
        " Au-delà, le serveur lui dit quand revenir (six minutes au plus), et elle garde tout.",
    )
    pull_quota: int = Field(
        default=100_000,
        ge=1_000,
        description="Ce qu’une tablette peut lire d’affilée, chaque saisie comptant pour une et chaque demande"
        " pour dix ; cette avance se refait en une heure.",
    )
    export_quota: int = Field(
        default=60,
        ge=1,
        description="Fichiers qu’un compte peut télécharger d’affilée ; cette avance se refait en une heure.",
    )
    import_quota: int = Field(
        default=20,
        ge=1,
        description="Fichiers qu’un compte peut importer d’affilée ; cette avance se refait en une heure.",
    )
    backup_key_file: Path | None = Field(
        default=None,
        description="Le fichier de clé qui scelle les sauvegardes et les ouvre, fait par `backup-key`. Gardez-en"
        " une copie ailleurs que les sauvegardes.",
    )
    backup_passphrase_file: Path | None = Field(
        default=None,
        description="Ou un fichier qui contient la phrase secrète des sauvegardes, sur une ligne, de 12 caractères"
        " au moins. Sans aucun des trois, la commande la demande au clavier.",
    )
    backup_passphrase: SecretStr | None = Field(
        default=None,
        description="Ou la phrase secrète elle-même. Un fichier vaut mieux : d’autres programmes du même compte"
        " lisent l’environnement.",
    )
    security_log_key_file: Path | None = Field(
        default=None,
        description="Le fichier de la clé qui enchaîne les lignes du journal de sécurité, hors de la base ; le"
        " serveur le fait s’il n’existe pas. Sans réglage : dans STATE_FOLDER, sinon à côté du fichier SQLite."
        " Plusieurs serveurs d’une même base ont le même fichier. Gardez-en une copie ailleurs.",
    )
    accounts_key_file: Path | None = Field(
        default=None,
        description="Le fichier de la clé qui scelle les doubles vérifications des comptes, hors de la base ; le"
        " serveur le fait s’il n’existe pas, au même endroit que celle du journal. Si elle est perdue, chacun"
        " active de nouveau la sienne. Gardez-en une copie ailleurs que la base.",
    )
    require_second_factor: bool = Field(
        default=False,
        description="`true` : un compte sans double vérification ne peut que l’activer. À mettre dès que la base"
        " contient de vraies saisies.",
    )
    security_heads: str = Field(
        default="",
        description="Où dire, au démarrage puis chaque heure, jusqu’où va le journal de sécurité : un fichier, de"
        " préférence sur une autre machine, ou `syslog`. Sans réglage : un fichier à côté de la clé. Dans tous les"
        " cas, c’est aussi écrit sur la sortie d’erreur.",
    )
    metrics_token_file: Path | None = Field(
        default=None,
        description="Un fichier qui contient le jeton des mesures (`/metrics`), 32 lettres et chiffres au moins,"
        " et que d’autres comptes ne lisent pas. Sans réglage : elles ne se lisent que de cette machine.",
    )
    log_level: Annotated[Literal["info", "warning", "error"], BeforeValidator(_small)] = Field(
        default="info",
        description="Ce que le serveur écrit de chaque demande sur sa sortie d’erreur : `info`, une ligne pour"
        " chacune ; `warning`, celles qu’il n’a pas pu servir ; `error`, ses seules pannes.",
    )

    @property
    def quotas(self) -> dict[str, int]:
        """Quotas by their names: how much one tablet or one account may ask for at once."""
        named = {"push": self.push_quota, "pull": self.pull_quota}
        return named | {"export": self.export_quota, "import": self.import_quota}


WRONG = (
    "Réglage refusé : {faults}. Corrigez la variable d’environnement ou retirez-la, puis recommencez ;"
    " docs/reglages.md les explique toutes."
)
_FAULTS = {
    "greater_than_equal": "au moins {ge}",
    "less_than_equal": "au plus {le}",
    "int_parsing": "un nombre entier",
    "int_from_float": "un nombre entier",
    "string_pattern_mismatch": "une adresse comme https://trait-dunion.exemple.fr, sans rien après le nom",
    "value_error": "des adresses comme 10.0.0.5 ou 10.0.0.0/24, séparées par des virgules",
    "literal_error": "{expected}",
    "bool_parsing": "true ou false",
}
"""What a setting had to be, by pydantic's name of the fault."""


def read_settings() -> Settings:
    """Read the settings from the environment. Raises ValueError, in French, that names each wrong one; never its
    value, which may hold a password."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [
            f"{str(one['loc'][0]).upper()} doit être "
            + _FAULTS.get(one["type"], "une autre valeur").format(**one.get("ctx", {})).replace(" or ", " ou ")
            for one in error.errors(include_url=False, include_input=False)
        ]
    raise ValueError(WRONG.format(faults=" ; ".join(faults)))
