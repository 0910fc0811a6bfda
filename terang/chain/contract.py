"""Contracts by name: calls in, outputs and events out.

Types are parsed once per function; encoding and decoding then cost microseconds. Structs come
as dicts by field name and may be given as dicts or tuples; addresses come checksummed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from eth_abi.decoding import ContextFramesBytesIO, StringDecoder, TupleDecoder
from eth_abi.encoding import TupleEncoder
from eth_abi.exceptions import DecodingError, EncodingError
from eth_abi.registry import BaseEquals, registry
from eth_utils.crypto import keccak

from terang.chain.answers import BadAnswer, Log, checksum
from terang.chain.compile import Artifact, signature, type_string
from terang.errors import TerangError
from terang.i18n import _

Convert = Callable[[Any], Any]


class _Text(StringDecoder):
    """Text of a stranger: bytes that are not UTF-8 are shown as \\xNN, and refuse nothing."""

    @classmethod
    def from_type_str(cls, type_str: str, registry: object) -> "_Text":
        """Returns the decoder; there is one kind of string."""
        return cls("backslashreplace")


_decoders = registry.copy()
_decoders.unregister_decoder("string")
_decoders.register_decoder(BaseEquals("string"), _Text, label="string")


class BadArgument(TerangError, ValueError):
    """A value that does not fit the type that a contract wants."""


class Call(NamedTuple):
    """A prepared call: where to, with what, and the most gas it may use (None: to be estimated)."""

    to: str
    data: bytes
    gas: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded log.

    Attributes:
        name: the event's name.
        args: its arguments by name; an indexed text, array or struct is its 32-byte hash.
        address: contract that emitted it.
        block: number of its block.
        transaction: hash of its transaction.
        index: position among all logs of the block.
    """

    name: str
    args: Mapping[str, Any]
    address: str
    block: int
    transaction: bytes
    index: int


class Codec:
    """Encodes and decodes one list of ABI parameters.

    Args:
        what: what they belong to, for error messages.
        parameters: as the ABI lists them.
    """

    def __init__(self, what: str, parameters: Sequence[Mapping[str, Any]]) -> None:
        self.what = what
        self.names = tuple(each["name"] for each in parameters)
        kinds = [type_string(each) for each in parameters]
        self._encode = TupleEncoder(encoders=[registry.get_encoder(kind) for kind in kinds])
        self._decode = TupleDecoder(decoders=[_decoders.get_decoder(kind) for kind in kinds])
        self._lower = [_lowering(each) for each in parameters]
        self._lift = [_lifting(each) for each in parameters]

    def encode(self, values: Sequence[Any]) -> bytes:
        """Returns the ABI encoding of `values`.

        Raises:
            BadArgument: when there are too many or too few, or one does not fit its type.
        """
        if len(values) != len(self.names):
            raise BadArgument(
                _("{what} takes {wanted} arguments, not {given}. Give each one once.").format(
                    what=self.what, wanted=len(self.names), given=len(values)
                )
            )
        try:
            lowered = [
                lower(value) if lower else value
                for lower, value in zip(self._lower, values, strict=True)
            ]
            return bytes(self._encode(lowered))
        except (EncodingError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise BadArgument(
                _("An argument of {what} has the wrong form ({reason}). Correct that one.").format(
                    what=self.what, reason=error
                )
            ) from error

    def decode(self, data: bytes) -> tuple[Any, ...]:
        """Returns the values that `data` encodes.

        Raises:
            BadAnswer: when it does not encode values of these types.
        """
        try:
            values = self._decode(ContextFramesBytesIO(data))
        except (DecodingError, ValueError, OverflowError) as error:
            raise BadAnswer(self.what) from error
        return tuple(
            lift(value) if lift else value for lift, value in zip(self._lift, values, strict=True)
        )

    def by_name(self, data: bytes) -> dict[str, Any]:
        """Returns the values that `data` encodes, by name; a nameless one by its position.

        Raises:
            BadAnswer: when it does not encode values of these types.
        """
        return dict(zip(_names(self.names), self.decode(data), strict=True))


class _Function:
    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.selector = keccak(text=signature(entry))[:4]
        self.inputs = Codec(entry["name"], entry["inputs"])
        self.outputs = Codec(entry["name"], entry["outputs"])


class _Event:
    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.name = entry["name"]
        inputs = entry["inputs"]
        self.names = _names([each["name"] for each in inputs])
        self.indexed = [each["indexed"] for each in inputs]
        self.topics = [
            Codec(self.name, [each if _is_word(each) else {"name": "", "type": "bytes32"}])
            for each in inputs
            if each["indexed"]
        ]
        self.data = Codec(self.name, [each for each in inputs if not each["indexed"]])

    def decode(self, log: Log) -> dict[str, Any]:
        if len(log.topics) != 1 + len(self.topics):
            raise BadAnswer(self.name)
        indexed = iter(
            [
                codec.decode(topic)[0]
                for codec, topic in zip(self.topics, log.topics[1:], strict=True)
            ]
        )
        plain = iter(self.data.decode(log.data))
        return {
            name: next(indexed if is_indexed else plain)
            for name, is_indexed in zip(self.names, self.indexed, strict=True)
        }


class Contract:
    """A contract at its address.

    Args:
        address: where it is.
        artifact: what it was compiled to.

    Functions go by name; an overloaded one by its signature, like `mint(address,uint256)`.
    """

    def __init__(self, address: str, artifact: Artifact) -> None:
        self.address = checksum(address)
        self.name = artifact.name
        self.artifact = artifact
        self._functions = _by_name(each for each in artifact.abi if each["type"] == "function")
        self._events = {
            keccak(text=signature(each)): _Event(each)
            for each in artifact.abi
            if each["type"] == "event" and not each["anonymous"]
        }

    def __repr__(self) -> str:
        return f"<{self.name} at {self.address}>"

    def encode(self, function: str, *args: Any) -> bytes:
        """Returns the calldata of a call.

        Raises:
            BadArgument: when the arguments do not fit the function.
            KeyError: when the contract has no such function.
        """
        entry = self._functions[function]
        return entry.selector + entry.inputs.encode(args)

    def prepare(self, function: str, *args: Any, gas: int | None = None) -> Call:
        """Returns the call, ready to be sent.

        Raises:
            BadArgument: when the arguments do not fit the function.
            KeyError: when the contract has no such function.
        """
        return Call(self.address, self.encode(function, *args), gas)

    def decode_call(self, data: bytes) -> tuple[str, dict[str, Any]]:
        """Reads calldata: the function's name and its arguments by name.

        Raises:
            BadAnswer: when the contract has no such function, or the data do not fit it.
        """
        for name, function in self._functions.items():
            if function.selector == data[:4]:
                return name, function.inputs.by_name(data[4:])
        raise BadAnswer(self.name)

    def decode_output(self, function: str, data: bytes) -> Any:
        """Reads what a function returned.

        Returns:
            one output as its value; several as a dict when all have names, else as a tuple.

        Raises:
            BadAnswer: when `data` does not have the function's types, as where no code is.
            KeyError: when the contract has no such function.
        """
        outputs = self._functions[function].outputs
        values = outputs.decode(data)
        if len(values) == 1:
            return values[0]
        return dict(zip(outputs.names, values, strict=True)) if all(outputs.names) else values

    def topic(self, event: str) -> bytes:
        """Returns the first topic of an event's logs, by the event's name.

        Raises:
            KeyError: when the contract has no such event.
        """
        for topic, entry in self._events.items():
            if entry.name == event:
                return topic
        raise KeyError(event)

    def decode_log(self, log: Log) -> Event:
        """Reads a log that this contract emitted.

        Raises:
            BadAnswer: when its ABI has no such event, or the log does not have its types.
        """
        entry = self._events.get(log.topics[0]) if log.topics else None
        if entry is None:
            raise BadAnswer(self.name)
        return Event(
            entry.name, entry.decode(log), log.address, log.block, log.transaction, log.index
        )


def constructor(artifact: Artifact, args: Sequence[Any]) -> bytes:
    """Returns the creation code of `artifact` with its constructor's arguments.

    Raises:
        BadArgument: when the arguments do not fit, or the contract is abstract.
    """
    if not artifact.bytecode:
        raise BadArgument(
            _("{name} is abstract and cannot be deployed. Name a contract that is not.").format(
                name=artifact.name
            )
        )
    inputs: Sequence[Mapping[str, Any]] = next(
        (each["inputs"] for each in artifact.abi if each["type"] == "constructor"), ()
    )
    return artifact.bytecode + Codec(artifact.name, inputs).encode(args)


def _by_name(entries: Iterable[Mapping[str, Any]]) -> dict[str, _Function]:
    by_name: dict[str, list[tuple[str, _Function]]] = {}
    for entry in entries:
        by_name.setdefault(entry["name"], []).append((signature(entry), _Function(entry)))
    return {
        name if len(overloads) == 1 else full: function
        for name, overloads in by_name.items()
        for full, function in overloads
    }


def _names(names: Sequence[str]) -> list[str]:
    return [name or str(position) for position, name in enumerate(names)]


def _is_word(parameter: Mapping[str, Any]) -> bool:
    """Whether an indexed parameter is kept as it is, not as its hash."""
    kind = parameter["type"]
    return kind not in ("string", "bytes", "tuple") and not kind.endswith("]")


def _lifting(parameter: Mapping[str, Any]) -> Convert | None:
    """Returns what a decoded value goes through, or None when it stays as it is."""
    kind: str = parameter["type"]
    if kind.endswith("]"):
        inner = _lifting({**parameter, "type": kind[: kind.rindex("[")]})
        return (lambda values: tuple(map(inner, values))) if inner else None
    if kind == "address":
        return checksum
    if kind != "tuple":
        return None
    parts = [(each["name"], _lifting(each)) for each in parameter["components"]]
    return lambda values: {
        name: lift(value) if lift else value
        for (name, lift), value in zip(parts, values, strict=True)
    }


def _lowering(parameter: Mapping[str, Any]) -> Convert | None:
    """Returns what a value goes through before it is encoded, or None when it is taken as given."""
    kind: str = parameter["type"]
    if kind.endswith("]"):
        inner = _lowering({**parameter, "type": kind[: kind.rindex("[")]})
        return (lambda values: list(map(inner, values))) if inner else None
    if kind != "tuple":
        return None
    parts = [(each["name"], _lowering(each)) for each in parameter["components"]]

    def lower(struct: Any) -> tuple[Any, ...]:
        if isinstance(struct, Mapping):
            if len(struct) != len(parts):
                raise ValueError(f"fields {sorted(struct)}")
            struct = [struct[name] for name, _lower in parts]
        return tuple(
            each(value) if each else value
            for (_name, each), value in zip(parts, struct, strict=True)
        )

    return lower
