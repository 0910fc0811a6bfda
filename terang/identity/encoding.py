"""EIP-712 encoding: how structs, arrays and elementary values are hashed, shown and read back.

Source: EIP-712, "Definition of hashStruct" and "Definition of encodeData".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from terang.identity.address import canonical

Field = tuple[str, str]
"""A field of a struct: its type and its name."""

Types = Mapping[str, Sequence[Field]]
"""Structs by name, each with its fields in order."""

Message = Mapping[str, Any]
"""A struct's values by field: an int for uintN, a str for address and string, bytes for bytes and
bytesN, a mapping for a struct, a sequence for an array."""

_UINT: Final = re.compile(r"uint([1-9][0-9]*)")
_BYTES: Final = re.compile(r"bytes([1-9][0-9]*)")
_HEX: Final = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,77}")


class Unfit(ValueError):
    """A value that is not of its type; the str names the field and what it should be."""


def hash_struct(types: Types, name: str, values: Message) -> bytes:
    """Returns keccak256(typeHash ‖ encodeData), 32 bytes.

    Args:
        types: all structs that the message uses.
        name: the struct.
        values: one for each of its fields.

    Raises:
        KeyError: if a field has no value.
        eth_abi.exceptions.EncodingError: if a value does not fit its type.
    """
    words = [_word(types, kind, values[field]) for kind, field in types[name]]
    return keccak(keccak(text=type_string(types, name)) + b"".join(words))


def type_string(types: Types, name: str) -> str:
    """Returns encodeType: the struct, then those it refers to in the order of their names."""
    referred: set[str] = set()
    waiting = [name]
    while waiting:
        kinds = {_element(kind) for kind, _field in types[waiting.pop()]}
        found = kinds & set(types) - referred
        referred |= found
        waiting += found
    return "".join(
        f"{each}({','.join(f'{kind} {field}' for kind, field in types[each])})"
        for each in (name, *sorted(referred - {name}))
    )


def to_json(types: Types, kind: str, value: Any) -> Any:
    """Returns a value as wallets take it; integers are decimal strings, since JavaScript rounds."""
    if kind.endswith("[]"):
        return [to_json(types, kind[:-2], each) for each in value]
    if kind in types:
        return {field: to_json(types, inner, value[field]) for inner, field in types[kind]}
    if kind == "address":
        return to_checksum_address(value)
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def from_json(types: Types, kind: str, value: object, where: str) -> Any:
    """Reads a value as `to_json` writes it, and nothing that a wallet might read otherwise.

    Args:
        types: all structs that the message uses.
        kind: the value's type.
        value: from anywhere.
        where: the path to it, for the error.

    Raises:
        Unfit: if it is anything else.
    """
    if kind.endswith("[]"):
        if not isinstance(value, list):
            raise Unfit(f"{where}: {kind}")
        inner = kind[:-2]
        return [from_json(types, inner, each, f"{where}[{i}]") for i, each in enumerate(value)]
    if kind in types:
        names = [field for _kind, field in types[kind]]
        if not isinstance(value, dict) or set(value) != set(names):
            raise Unfit(f"{where}: {kind}({', '.join(names)})")
        return {
            field: from_json(types, inner, value[field], f"{where}.{field}")
            for inner, field in types[kind]
        }
    read = _elementary(kind, value)
    if read is None:
        raise Unfit(f"{where}: {kind}")
    return read


def _elementary(kind: str, value: object) -> int | str | bytes | None:
    if not isinstance(value, str):
        return None
    if kind == "string":
        return value
    if kind == "address":
        try:
            return to_checksum_address(canonical(value))
        except ValueError:
            return None
    if uint := _UINT.fullmatch(kind):
        number = int(value) if _DECIMAL.fullmatch(value) else -1
        return number if 0 <= number < 1 << int(uint[1]) else None
    if not _HEX.fullmatch(value):
        return None
    raw, fixed = bytes.fromhex(value[2:]), _BYTES.fullmatch(kind)
    return raw if fixed is None or len(raw) == int(fixed[1]) else None


def _word(types: Types, kind: str, value: Any) -> bytes:
    if kind.endswith("[]"):
        return keccak(b"".join(_word(types, kind[:-2], each) for each in value))
    if kind in types:
        return hash_struct(types, kind, value)
    if kind == "string":
        return keccak(text=value)
    return keccak(value) if kind == "bytes" else encode([kind], [value])


def _element(kind: str) -> str:
    return kind.split("[", 1)[0]
