"""Entering an organisation and its keys.

Its record stays with the registrar, its salted hash goes on chain.
"""

import json
import secrets
from pathlib import Path
from typing import Any

from terang.chain.act import Act
from terang.errors import DIFFERENCE_FOUND, TerangError, UsageError
from terang.i18n import _
from terang.identity.signer import Signer
from terang.identity.typed_data import TypedData
from terang.ledger.facts import read_file
from terang.ledger.ledger import Ledger
from terang.ledger.signing import Signature
from terang.ocds.model import Party
from terang.ocds.parties import party_record, record_hash, write_records


class RecordDiffers(TerangError):
    """A record is not the one that was registered."""

    exit_code = DIFFERENCE_FOUND


def party_at(path: Path) -> Party:
    """Reads an organisation's record.

    Args:
        path: a JSON object with at least the organisation's `name`, such as an OCDS party.

    Raises:
        UsageError: when the file cannot be read, or is no such object.
    """
    try:
        # numbers stay as they are written; constants such as NaN are no JSON
        record = json.loads(read_file(path), parse_float=str, parse_constant=_refuse)
        name = record["name"]
        if not isinstance(record, dict) or not isinstance(name, str) or not name.strip():
            raise ValueError("name")
    except UsageError:
        raise
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise UsageError(
            _(
                "{path} is not the record of an organisation. "
                "Write a JSON object with its name, as an OCDS party has it."
            ).format(path=path)
        ) from error
    return Party(name, name, (), party_record(record))


def keep_record(folder: Path, party: Party) -> bytes:
    """Writes a party's record and salt to a file of mode 0600; returns what goes on chain.

    Raises:
        RecordStoreError: when the folder cannot be written.
    """
    return write_records(folder, [party])[party.key]


def verified(path: Path, expected: bytes) -> dict[str, Any]:
    """Reads a kept record, and checks it against what is on chain.

    Args:
        path: a file that `keep_record` wrote.
        expected: the hash on chain.

    Returns:
        the record.

    Raises:
        UsageError: when the file cannot be read, or holds no record and salt.
        RecordDiffers: when it is another record, or another salt.
    """
    try:
        kept = json.loads(read_file(path), parse_constant=_refuse)
        text, salt = kept["record"], bytes.fromhex(kept["salt"])
        digest, record = record_hash(salt, text.encode()), json.loads(text)
        if not isinstance(record["name"], str):
            raise TypeError("name")
    except UsageError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise UsageError(
            _("{path} holds no record with its salt. Name the file that `register` kept.").format(
                path=path
            )
        ) from error
    if digest != expected:
        raise RecordDiffers(
            _(
                "{path} is not the record that is on chain ({hash}). Ask the registrar for it."
            ).format(path=path, hash="0x" + expected.hex())
        )
    return dict(record)


def sample_hash(party: Party) -> bytes:
    """Returns a hash such as a registration would have, under a salt that nobody keeps."""
    return record_hash(secrets.token_bytes(32), party.record)


def authorisation(ledger: Ledger, sender: Signer, data: TypedData, consent: Signature) -> Act:
    """Returns the act that lets a key serve an organisation.

    Args:
        ledger: where.
        sender: acts for the organisation, or is a registrar.
        data: the key's `AcceptKey`.
        consent: its signature.

    Raises:
        UsageError: when something else was signed, or by somebody else than the key.
    """
    if consent.account != data.message["key"]:
        raise UsageError(
            _("This is to be signed by {account}, not by {other}. Use that wallet.").format(
                account=data.message["key"], other=consent.account
            )
        )
    consent.check_key(data)
    return ledger.participants.authorise_key(sender, data, consent.signature)


def _refuse(constant: str) -> None:
    raise ValueError(constant)
