"""Security of a test server: TLS under an authority of its own, an administrator, and a user with least rights.

Written as files into the node's configuration, as docs/running.md tells an operator to do for a real one. Passwords
are made for each server and die with it.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import secrets
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ADMINISTRATOR = "administrator"
USER = "kezhuan"
ROLE = "kezhuan_search"
ROLES_FILE = Path(__file__).resolve().parent.parent / "deploy" / "elasticsearch-roles.yml"
"""The role that production gives to the platform's user; here for indices of another prefix."""
AUTHORITY_FILE = "authority.pem"
CERTIFICATE_FILE = "node.pem"
KEY_FILE = "node.key"
DAYS_VALID = 2
_HASH_COST = 10_000


def _password() -> str:
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class Security:
    """Who may ask the server. `prefix`: of the indices that the user of the platform may read, write and manage."""

    prefix: str
    password: str = field(default_factory=_password, repr=False)
    administrator_password: str = field(default_factory=_password, repr=False)

    def write(self, configuration: Path) -> dict[str, object]:
        """Write certificates, users and roles into a node's configuration; return what elasticsearch.yml has to say."""
        write_certificates(configuration)
        hashed = {ADMINISTRATOR: _hash(self.administrator_password), USER: _hash(self.password)}
        _write(configuration / "users", "".join(f"{name}:{value}\n" for name, value in hashed.items()))
        _write(configuration / "users_roles", f"superuser:{ADMINISTRATOR}\n{ROLE}:{USER}\n")
        _write(configuration / "roles.yml", ROLES_FILE.read_text("utf-8").replace(f"{USER}-*", f"{self.prefix}-*"))
        layers = ("http", "transport")
        files = {"certificate": CERTIFICATE_FILE, "key": KEY_FILE, "certificate_authorities": AUTHORITY_FILE}
        return {
            "xpack.security.enabled": "true",
            "xpack.security.enrollment.enabled": "false",
            **{f"xpack.security.{layer}.ssl.enabled": "true" for layer in layers},
            **{f"xpack.security.{layer}.ssl.{name}": file for layer in layers for name, file in files.items()},
        }

    def authorization(self) -> str:
        """The header by which the administrator asks."""
        pair = f"{ADMINISTRATOR}:{self.administrator_password}"
        return "Basic " + base64.b64encode(pair.encode()).decode()


def trust(authority: Path) -> ssl.SSLContext:
    """A client's TLS that believes this authority alone."""
    return ssl.create_default_context(cafile=str(authority))


def write_certificates(folder: Path) -> None:
    """An authority and, signed by it, a certificate for 127.0.0.1 with its key, as PEM files."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("kezhuan test authority", authority_key, authority_key, None)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate("127.0.0.1", key, authority_key, authority)
    pem = serialization.Encoding.PEM
    (folder / AUTHORITY_FILE).write_bytes(authority.public_bytes(pem))
    (folder / CERTIFICATE_FILE).write_bytes(certificate.public_bytes(pem))
    plain = serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    _write(folder / KEY_FILE, private.decode())


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS_VALID))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if issuer is not None:
        here = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
        builder = builder.add_extension(x509.SubjectAlternativeName(here), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _hash(password: str) -> str:
    """As the server's file realm reads it: PBKDF2 with HMAC-SHA-512."""
    salt = secrets.token_bytes(32)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _HASH_COST, dklen=32)
    return f"{{PBKDF2}}{_HASH_COST}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, "utf-8")
