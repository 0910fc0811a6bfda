"""Creating a ledger on a chain."""

from collections.abc import Callable, Iterable
from pathlib import Path

from eth_utils.address import is_address, to_checksum_address

from terang.chain.act import Act
from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.deploy import Deployment, deploy
from terang.chain.send import Sender
from terang.errors import UsageError
from terang.i18n import _
from terang.identity.signer import Signer
from terang.ledger import pilot
from terang.ledger.ledger import Ledger
from terang.ledger.plan import Currency, steps
from terang.ocds.money import minor_units


def found(
    chain: Chain,
    deployer: Signer,
    artifacts: Artifacts,
    record: Path,
    network: str,
    administrator: str | None,
    currencies: Iterable[Currency],
    progress: Callable[[str], None],
) -> Deployment:
    """Creates all contracts, sets rules where the deployer may, and writes the record.

    When it is interrupted, the same again goes on where it stopped: a file beside the record, its
    name with `.part`, tells until then that the deployment is not finished.

    Args:
        chain: where.
        deployer: creates them; it keeps no power unless it is the administrator.
        artifacts: the compiled contracts.
        record: file for the record; one that is there already is not overwritten.
        network: name of the deployment.
        administrator: address that holds the administration; the deployer's if None.
        currencies: of the treasury's tokens.
        progress: is told each contract.

    Raises:
        UsageError: when the record exists, or the administrator is no address.
        CannotResume: when the interrupted deployment was another.
        Reverted: when the chain refuses.
    """
    if record.exists():
        raise UsageError(
            _("{path} is the record of a deployment already. Name another network.").format(
                path=record
            )
        )
    authority = deployer.address if administrator is None else administrator
    if not is_address(authority) or int(authority, 16) == 0:
        raise UsageError(
            _("{address} is not an address. Give 0x and 40 hexadecimal digits.").format(
                address=authority
            )
        )
    authority = to_checksum_address(authority)
    part = record.with_name(f"{record.name}.part")
    deployment = deploy(
        chain,
        Sender(chain),
        deployer,
        artifacts,
        steps(authority, currencies),
        network=network,
        administrator=authority,
        progress=progress,
        part=part,
    )
    ledger = Ledger(chain, deployment, artifacts)
    if authority == deployer.address and (acts := first_rules(ledger, deployer)):
        ledger.send(acts)
        progress(_("The rules of the pilot profile are set. `rules apply` sets others."))
    deployment.save(record)
    part.unlink(missing_ok=True)
    return deployment


def first_rules(ledger: Ledger, administrator: Signer) -> list[Act]:
    """Returns the act that sets the pilot profile's rules where a ledger has none yet.

    Nothing can be published without a rule. What is set stays.

    Args:
        ledger: where.
        administrator: holds the administration.
    """
    present = ledger.rules.present()
    missing = [each for each in pilot.rules() if each.key not in present]
    return [ledger.rules.set(administrator, missing)] if missing else []


def currency(code: str) -> Currency:
    """Returns a currency with its minor units.

    Args:
        code: ISO 4217 code.

    Raises:
        UsageError: when there is no such currency.
    """
    try:
        return Currency(code, minor_units(code))
    except KeyError as error:
        raise UsageError(
            _("{code} is not a currency of ISO 4217. Give a code such as IDR.").format(code=code)
        ) from error
