"""Why a contract refused, in words."""

from collections.abc import Mapping
from typing import Any

from terang.chain.answers import BadAnswer
from terang.chain.compile import ErrorType
from terang.chain.contract import Codec
from terang.chain.sentences import ENUMS, SENTENCES
from terang.errors import REVERTED, TerangError
from terang.i18n import _
from terang.i18n.show import when

# Solidity's own two (docs: "Error handling"): require with a text, and assert.
_BUILT_IN: Mapping[bytes, ErrorType] = {
    bytes.fromhex("08c379a0"): ErrorType("Error", ({"name": "message", "type": "string"},)),
    bytes.fromhex("4e487b71"): ErrorType("Panic", ({"name": "code", "type": "uint256"},)),
}


class Reverted(TerangError):
    """A contract refused; nothing has changed.

    Attributes:
        name: the Solidity error's name; "" when the contract gave none.
        arguments: its arguments by name (`args` is taken by Python's own exceptions).
        sentence: what it means and what to do next.
        label: what was being done; "" when the caller did not say.
    """

    exit_code = REVERTED

    def __init__(
        self, name: str, arguments: Mapping[str, Any], sentence: str, label: str = ""
    ) -> None:
        super().__init__(f"{label}: {sentence}" if label else sentence)
        self.name = name
        self.arguments = dict(arguments)
        self.sentence = sentence
        self.label = label


def decode(data: bytes, errors: Mapping[bytes, ErrorType], label: str = "") -> Reverted:
    """Reads revert data.

    Args:
        data: what the contract returned; hostile.
        errors: custom errors by selector (`Artifacts.errors`).
        label: what was being done.

    Returns:
        the revert, to be raised or kept.
    """
    if not data:
        return Reverted(
            "",
            {},
            _(
                "The contract refused without giving a reason. "
                "Check the address and that the call has enough gas."
            ),
            label,
        )
    kind = errors.get(data[:4]) or _BUILT_IN.get(data[:4])
    if kind is not None:
        try:
            args = Codec(kind.name, kind.inputs).by_name(data[4:])
        except BadAnswer:
            pass
        else:
            return Reverted(kind.name, args, sentence(kind.name, args), label)
    return Reverted(
        "0x" + data[:4].hex(),
        {},
        _(
            "The contract refused with an error that this version of Terang does not know "
            "({selector}). Use the version that deployed it."
        ).format(selector="0x" + data[:4].hex()),
        label,
    )


def sentence(name: str, arguments: Mapping[str, Any]) -> str:
    """Returns the sentence for a Solidity error, in the language in force.

    Args:
        name: the error's name.
        arguments: its inputs by name, as decoded.

    Returns:
        its own sentence, or for an unknown name one that shows name and inputs.
    """
    shown = {key: _Shown(value) for key, value in arguments.items()}
    template = SENTENCES.get(name)
    if template is not None:
        return _(template).format_map(shown)
    listed = ", ".join(f"{key} = {value}" for key, value in shown.items())
    return _("The contract refused with {error}({inputs}). Correct that, then repeat.").format(
        error=name, inputs=listed
    )


class _Shown:
    """A decoded value that formats itself for people; text is stripped of what is not printable."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __format__(self, form: str) -> str:
        value = self._value
        if form == "time":
            return when(value)
        if form:
            words = ENUMS[form]
            return _(words[value]) if value < len(words) else str(value)
        if isinstance(value, bytes):
            return "0x" + value.hex()
        return "".join(each if each.isprintable() else " " for each in str(value))[:500]
