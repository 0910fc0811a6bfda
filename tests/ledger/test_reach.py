"""Every act that the contracts allow is one that a person can carry out."""

import ast
from pathlib import Path

import terang
from terang.chain.compile import Artifacts

PACKAGE = Path(terang.__file__).parent
CONTRACTS = (
    "Participants", "Consortium", "Rules", "OpeningKeys", "Tenders", "Ballots", "Awards", "Reviews",
    "Securities", "Agreements", "Escrow", "TreasuryToken",
)  # fmt: skip
NOBODY = {"take", "remedy", "back", "forfeit", "secure"}
"""What only another contract may call."""
ELSEWHERE = {"transfer", "transferFrom"}
"""What holders of tokens do with any wallet."""


def allowed(artifacts: Artifacts) -> set[str]:
    """The functions of the contracts that change something."""
    return {
        entry["name"]
        for name in CONTRACTS
        for entry in artifacts[name].abi
        if entry["type"] == "function" and entry["stateMutability"] == "nonpayable"
    }


def acts() -> dict[str, str]:
    """Each function that the client calls, and the method that makes the act."""
    found = {}
    for path in (PACKAGE / "ledger").glob("*.py"):
        for method in ast.walk(ast.parse(path.read_text())):
            if isinstance(method, ast.FunctionDef):
                for call in ast.walk(method):
                    if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "_act":
                        name = call.args[1]
                        assert isinstance(name, ast.Constant)
                        found[str(name.value)] = method.name
    return found


def test_every_function_that_changes_something_is_an_act_of_the_client(
    artifacts: Artifacts,
) -> None:
    assert acts().keys() == allowed(artifacts) - NOBODY - ELSEWHERE


def test_every_act_of_the_client_has_a_command() -> None:
    files = [*(PACKAGE / "cli").glob("*.py"), *(PACKAGE / "ledger").glob("*.py")]
    parts = [part for path in files for part in ast.walk(ast.parse(path.read_text()))]
    used = {part.attr for part in parts if isinstance(part, ast.Attribute)}
    assert set(acts().values()) - used == set()
