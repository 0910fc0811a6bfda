"""The treasury's money: issued against committed cash, and where it is now."""

from typing import TYPE_CHECKING, Any

from terang.i18n import _
from terang.i18n.show import iso, money, when

if TYPE_CHECKING:
    from terang.ledger.ledger import Ledger
    from terang.replay.state import State


def account(ledger: "Ledger", state: "State", currency: str) -> tuple[str, dict[str, Any]]:
    """Returns what was issued in a currency, on which commitments, and who holds it.

    Args:
        ledger: where.
        state: the ledger as its events tell it.
        currency: ISO 4217 code.

    Returns:
        the account as text and as JSON; amounts in the smallest unit.

    Raises:
        UsageError: when the ledger has no token of it.
    """
    address = ledger.token(currency).contract.address
    found, unit = state.tokens[address], ledger.currency_at(address)
    held = {holder: amount for holder, amount in found.balances.items() if amount}
    waiting = {
        payee: amount
        for (token, payee), amount in state.claimable.items()
        if token == address and amount
    }
    escrow = ledger.escrow.contract.address
    lines = [
        _("Token {address}: {amount} issued").format(
            address=address, amount=money(found.supply, unit)
        )
    ]
    lines += [
        _("Commitment {hash}, {time}").format(hash="0x" + each.hex(), time=when(stamp.time))
        for each, stamp in found.minted.items()
    ]
    lines += [
        (_("In escrow: {amount}") if holder == escrow else _("{account}: {amount}")).format(
            account=holder, amount=money(amount, unit)
        )
        for holder, amount in held.items()
    ]
    lines += [
        _("Not delivered to {account}: {amount}; `agreement claim` sends it").format(
            account=payee, amount=money(amount, unit)
        )
        for payee, amount in waiting.items()
    ]
    return "\n".join(lines), {
        "currency": currency,
        "token": address,
        "issued": found.supply,
        "commitments": [
            {"commitment": "0x" + each.hex(), "at": iso(stamp.time), "block": stamp.block}
            for each, stamp in found.minted.items()
        ],
        "balances": held,
        "claimable": waiting,
    }
