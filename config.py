"""Typed settings: the one reader of the environment.

Every variable is named in README.md; `tests/architecture/test_documentation.py` holds the two together.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from click import ClickException

ROOT = Path(__file__).resolve().parent
DEVELOPMENT_SECRET = "development-only-secret-never-use-in-production"  # noqa: S105
MINIMUM_SECRET_LENGTH = 32
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
MAIL_SECURITIES = ("starttls", "tls", "none")
SWITCH = ("on", "off")
ENVIRONMENTS = ("development", "testing", "production")


class ConfigurationError(ClickException):
    """A setting is missing or unusable; the message names it and says what to do, in Chinese and then in English.

    At the shell: that, no traceback.
    """

    exit_code = 2

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}\n{english}")


@dataclass(frozen=True)
class Settings:
    """What the process was told at start-up. Sizes in bytes, times in seconds."""

    environment: str
    secret_key: str
    database_url: str | None
    instance_path: Path
    elasticsearch_url: str | None
    elasticsearch_api_key: str | None
    elasticsearch_username: str | None
    elasticsearch_password: str | None
    elasticsearch_ca_certs: str | None
    elasticsearch_index_prefix: str
    elasticsearch_timeout_seconds: float
    host: str
    port: int
    web_processes: int
    web_threads: int
    max_upload_bytes: int
    log_level: str
    trusted_proxies: int
    metrics_token: str | None
    public_url: str
    mail_server: str | None
    mail_port: int
    mail_security: str
    mail_username: str | None
    mail_password: str | None
    mail_from: str
    oidc_issuer: str | None
    oidc_client_id: str
    oidc_client_secret: str | None
    oidc_name: str
    virus_scanner: str | None
    has_meaning: bool

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def is_testing(self) -> bool:
        return self.environment == "testing"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Raises ConfigurationError naming the first variable that is missing or wrong; in production a missing or
    default SECRET_KEY and a missing DATABASE_URL are refused.
    """
    source = os.environ if environ is None else environ
    environment = source.get("KEZHUAN_ENV", "development")
    if environment not in ENVIRONMENTS:
        raise _unknown("KEZHUAN_ENV", environment, ENVIRONMENTS)
    secret_key = source.get("SECRET_KEY", "")
    database_url = source.get("DATABASE_URL") or None
    if environment == "production":
        _refuse_unsafe_production(secret_key, database_url)
    mail_server = source.get("MAIL_SERVER") or None
    oidc_issuer = _oidc_issuer(source, is_production=environment == "production")
    host, port = source.get("HOST", "127.0.0.1"), _number(source, "PORT", 8000, 1, 65535)
    return Settings(
        environment=environment,
        secret_key=secret_key or DEVELOPMENT_SECRET,
        database_url=_with_driver(database_url) if database_url else None,
        instance_path=Path(source.get("INSTANCE_PATH") or ROOT / "instance").expanduser().resolve(),
        elasticsearch_url=source.get("ELASTICSEARCH_URL") or None,
        elasticsearch_api_key=source.get("ELASTICSEARCH_API_KEY") or None,
        elasticsearch_username=source.get("ELASTICSEARCH_USERNAME") or None,
        elasticsearch_password=source.get("ELASTICSEARCH_PASSWORD") or None,
        elasticsearch_ca_certs=source.get("ELASTICSEARCH_CA_CERTS") or None,
        elasticsearch_index_prefix=source.get("ELASTICSEARCH_INDEX_PREFIX", "kezhuan"),
        elasticsearch_timeout_seconds=_number(source, "ELASTICSEARCH_TIMEOUT_SECONDS", 3, 1, 60),
        host=host,
        port=port,
        web_processes=_number(source, "WEB_PROCESSES", 2, 1, 64),
        web_threads=_number(source, "WEB_THREADS", 8, 1, 256),
        max_upload_bytes=_number(source, "MAX_UPLOAD_MB", 30, 1, 500) * 1024 * 1024,
        log_level=_log_level(source),
        trusted_proxies=_number(source, "TRUSTED_PROXIES", 0, 0, 5),
        metrics_token=source.get("METRICS_TOKEN") or None,
        public_url=_public_url(source, f"http://{host}:{port}", is_required=bool(mail_server or oidc_issuer)),
        mail_server=mail_server,
        mail_port=_number(source, "MAIL_PORT", 587, 1, 65535),
        mail_security=_mail_security(source),
        mail_username=source.get("MAIL_USERNAME") or None,
        mail_password=source.get("MAIL_PASSWORD") or None,
        mail_from=_sender(source, is_required=mail_server is not None),
        oidc_issuer=oidc_issuer,
        oidc_client_id=source.get("OIDC_CLIENT_ID", ""),
        oidc_client_secret=source.get("OIDC_CLIENT_SECRET") or None,
        oidc_name=(source.get("OIDC_NAME") or "统一身份认证")[:40],
        virus_scanner=_virus_scanner(source),
        has_meaning=_switch("MEANING", source.get("MEANING")),
    )


def _unknown(name: str, value: str, known: tuple[str, ...]) -> ConfigurationError:
    listed = ", ".join(known)
    return ConfigurationError(
        f"{name}={value!r} 无效：请用 {listed} 之一。", f"{name}={value!r} is unknown; use one of {listed}."
    )


def child_environment(**overrides: str) -> dict[str, str]:
    """This process's environment for a child, with some variables set anew."""
    return {**os.environ, **overrides}


def _refuse_unsafe_production(secret_key: str, database_url: str | None) -> None:
    if not secret_key:
        raise ConfigurationError(
            "缺少 SECRET_KEY：正式运行需要一个至少 32 个字符的随机密钥。",
            "SECRET_KEY is missing; production needs a random one of at least 32 characters.",
        )
    if secret_key == DEVELOPMENT_SECRET:
        raise ConfigurationError(
            "SECRET_KEY 还是开发用的默认值：正式运行需要自己的密钥。",
            "SECRET_KEY is the development default; production needs one of its own.",
        )
    if len(secret_key) < MINIMUM_SECRET_LENGTH:
        raise ConfigurationError(
            "SECRET_KEY 太短：正式运行至少需要 32 个字符。",
            "SECRET_KEY is too short; production needs at least 32 characters.",
        )
    if not database_url:
        raise ConfigurationError(
            "缺少 DATABASE_URL：正式运行不使用内置的 PostgreSQL。",
            "DATABASE_URL is missing; production does not run on the embedded PostgreSQL.",
        )


def _with_driver(url: str) -> str:
    """`postgres://` and `postgresql://` mean psycopg 3 here."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    if not url.startswith("postgresql+psycopg://"):
        raise ConfigurationError(
            "DATABASE_URL 必须是 PostgreSQL 服务器的地址（postgresql://用户:密码@主机/库名）。",
            "DATABASE_URL must name a PostgreSQL server (postgresql://user:password@host/name).",
        )
    return url


def _log_level(source: Mapping[str, str]) -> str:
    is_production = source.get("KEZHUAN_ENV") == "production"
    level = source.get("LOG_LEVEL", "INFO" if is_production else "WARNING").upper()
    if level not in LOG_LEVELS:
        raise _unknown("LOG_LEVEL", level, LOG_LEVELS)
    return level


def _number(source: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = source.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise ConfigurationError(
            f"{name}={text!r} 无效：必须是 {low} 到 {high} 之间的整数。",
            f"{name}={text!r} must be a whole number from {low} to {high}.",
        )
    return int(text)


def _mail_security(source: Mapping[str, str]) -> str:
    text = source.get("MAIL_SECURITY") or "starttls"
    if text not in MAIL_SECURITIES:
        raise _unknown("MAIL_SECURITY", text, MAIL_SECURITIES)
    return text


def _public_url(source: Mapping[str, str], default: str, *, is_required: bool) -> str:
    """The address under which people reach the platform, without a slash at its end: links in mails start with it."""
    text = source.get("PUBLIC_URL", "").rstrip("/")
    if not text and is_required:
        raise ConfigurationError(
            "缺少 PUBLIC_URL：邮件里的链接和统一身份认证的回调都以它开头（https://market.example）。",
            "PUBLIC_URL is missing; links in mails and the identity provider's way back start with it"
            " (https://market.example).",
        )
    if text and not (text.startswith(("https://", "http://")) and text.isprintable() and " " not in text):
        raise ConfigurationError(
            f"PUBLIC_URL={text!r} 无效：必须是以 https:// 或 http:// 开头的地址。",
            f"PUBLIC_URL={text!r} must be an address that starts with https:// or http://.",
        )
    return text or default


def _switch(name: str, given: str | None) -> bool:
    """`on`, which is also the default, or `off`."""
    given = given or SWITCH[0]
    if given not in SWITCH:
        raise _unknown(name, given, SWITCH)
    return given == SWITCH[0]


def _virus_scanner(source: Mapping[str, str]) -> str | None:
    text = source.get("VIRUS_SCANNER") or None
    if text is None or re.fullmatch(r"tcp://[^\s/:]+:\d{1,5}|tcp://\[[0-9A-Fa-f:]+\]:\d{1,5}|unix:///\S+", text):
        return text
    raise ConfigurationError(
        f"VIRUS_SCANNER={text!r} 无效：请写 clamd 的地址，tcp://主机:端口 或 unix:///路径。",
        f"VIRUS_SCANNER={text!r} must be clamd's address, tcp://host:port or unix:///path.",
    )


def _sender(source: Mapping[str, str], *, is_required: bool) -> str:
    text = source.get("MAIL_FROM", "")
    if not text and is_required:
        raise ConfigurationError(
            "缺少 MAIL_FROM：邮件需要发件人地址。", "MAIL_FROM is missing; mails need a sender's address."
        )
    if text and ("@" not in text or not text.isprintable() or " " in text):
        raise ConfigurationError(
            f"MAIL_FROM={text!r} 无效：只写邮箱地址本身。", f"MAIL_FROM={text!r} must be a bare e-mail address."
        )
    return text or "kezhuan@localhost"


def _oidc_issuer(source: Mapping[str, str], *, is_production: bool) -> str | None:
    """The issuer exactly as the provider writes it: a slash at its end counts. None: nobody signs in by a provider."""
    text = source.get("OIDC_ISSUER") or None
    if text is None:
        return None
    allowed = ("https://",) if is_production else ("https://", "http://127.0.0.1:", "http://localhost:")
    if not text.startswith(allowed) or not text.isprintable() or " " in text or "?" in text or "#" in text:
        raise ConfigurationError(
            f"OIDC_ISSUER={text!r} 无效：必须是以 https:// 开头的地址。",
            f"OIDC_ISSUER={text!r} must be an address that starts with https://.",
        )
    if not source.get("OIDC_CLIENT_ID"):
        raise ConfigurationError(
            "缺少 OIDC_CLIENT_ID：请填写统一身份认证登记的应用编号。",
            "OIDC_CLIENT_ID is missing; it is the name under which the provider knows the platform.",
        )
    return text
