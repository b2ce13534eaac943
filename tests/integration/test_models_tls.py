"""An endpoint whose certificate nobody trusts."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from askkit import GOOD, an_ask, configured
from endpointkit import says, serving
from fakes import FakeClock
from graph.errors import ModelRefused
from surefoot.models.choice import answering


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_a_certificate_that_nobody_trusts(tmp_path: Path) -> None:
    """It is refused, not retried, and the line says where the authority's certificate is set."""
    clock = FakeClock()
    with serving(says(GOOD), tls=self_signed(tmp_path)) as endpoint:
        settings = configured(tmp_path, endpoint.url.replace("http:", "https:"))
        async with answering(settings, clock) as answers:
            with pytest.raises(ModelRefused, match=r"certificate of 127.0.0.1:.* is not trusted: set SSL_CERT_FILE"):
                await answers.complete(an_ask(tmp_path))
    assert (endpoint.requests, clock.sleeps) == ([], [])
