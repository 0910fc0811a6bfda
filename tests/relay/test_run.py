"""What a relay says about itself."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from terang.errors import UsageError
from terang.relay import run
from terang.relay.run import _once_each
from terang.serving.doors import tls_context

from .served import certify


class Clock(datetime):
    """A time at which the minute is not round."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:
        return datetime(2026, 11, 24, 15, 37, 59, 999, tzinfo=UTC)


def test_a_line_tells_the_time_in_tens_of_minutes_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "datetime", Clock)
    lines: list[str] = []
    tell = _once_each(lines.append)
    for each in ("no node", "no node", "it is back", "no node"):
        tell(each)
    assert lines == [f"2026-11-24T15:30Z {each}" for each in ("no node", "it is back", "no node")]


def test_a_certificate_with_an_encrypted_key_is_refused_and_no_password_asked(
    tmp_path: Path, certificate: Path
) -> None:
    assert tls_context(certificate).minimum_version == ssl.TLSVersion.TLSv1_2
    locked = serialization.BestAvailableEncryption(b"rahasia")
    with pytest.raises(UsageError, match="not a certificate with its key"):
        tls_context(certify(tmp_path / "locked.pem", locked))
