"""Entering an organisation: its record stays with the registrar, its salted hash goes on chain."""

import json
import secrets
from pathlib import Path

from terang.errors import UsageError
from terang.i18n import _
from terang.ledger.facts import read_file
from terang.ocds.model import Party
from terang.ocds.parties import party_record, record_hash, write_records


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


def sample_hash(party: Party) -> bytes:
    """Returns a hash such as a registration would have, under a salt that nobody keeps."""
    return record_hash(secrets.token_bytes(32), party.record)


def _refuse(constant: str) -> None:
    raise ValueError(constant)
