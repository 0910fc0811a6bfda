"""`terang next`: typing what it lists takes a tender from publication to payment."""

import re
import shlex
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import rich_click as click

from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.deploy import deploy
from terang.chain.send import Sender
from terang.cli.program import root
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.ledger import pilot
from terang.ledger.plan import Currency, steps
from terang.replay.acts import ACTS, TITLES
from terang.sealing.seed import save_seed
from terang.vocabulary import Phase

Run = Callable[..., Any]
SignedBy = Callable[[Wallet], list[object]]

CAPITALS = re.compile(r"\b(FILE|ADDRESS|RELEASE|PRICE|MARK|ROLE|CLASS|SEAT|K|C)\b")
"""What only the person knows."""


@pytest.fixture(autouse=True)
def sealed(stage: Stage, tender: Tender) -> None:
    """The tender's bids are sealed."""
    acts.publish(stage, [tender])
    acts.seal(stage, [tender])


@pytest.fixture
def agenda(say: Run, stage: Stage, keystore: SignedBy) -> Run:
    """What `next` lists for a role of a wallet's account, as JSON."""

    def listed(wallet: Wallet | None, role: str | None = None) -> Any:
        who = keystore(wallet)[:2] if wallet else []
        words = ["--as", role] if role else []
        return say("next", "--record", "deployment.json", "--json", *who, *words).document

    return listed


def possible(found: Any, *names: str) -> list[Any]:
    """The errands that are possible now, of these names."""
    errands = [each for each in found["errands"] if each["possible"]]
    return [each for each in errands if not names or each["name"] in names]


def words_of(errand: Any, *values: object) -> list[object]:
    """The words of an errand's command; `values` in place of what stands in capitals."""
    given = iter(values)
    words = shlex.split(errand["command"])[1:]
    filled: list[object] = []
    for word in words:
        stem, _sign, last = word.rpartition("=")
        if CAPITALS.fullmatch(word):
            filled.append(next(given))
        else:
            filled.append(f"{stem}={next(given)}" if CAPITALS.fullmatch(last) else word)
    assert not list(given)
    return filled


def test_typing_what_is_listed_takes_a_tender_from_closing_to_payment(
    chain: Chain,
    stage: Stage,
    tender: Tender,
    say: Run,
    keystore: SignedBy,
    agenda: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERANG_PASSWORD_FILE", "password")
    offices, number = stage.offices, tender.id
    text = Path("berkas.txt")
    text.write_text("uraian")
    openers = {}
    for seat, seed in stage.openers.seeds.items():
        openers[seat] = stage.members[seat].wallet
        save_seed(seed, Path(f"{seat}.seed"), "rahasia", 2)

    def does(wallet: Wallet, role: str, name: str, *values: object, more: Any = ()) -> None:
        """Types the first errand of this name, as it is listed; it is not listed again."""
        before = possible(agenda(wallet, role), name)
        words = [*words_of(before[0], *values), *more]
        said = say(*words)
        assert said.code == 0, (words, said.err)
        if name not in ("prepare", "sign"):  # files, of which the ledger knows nothing
            assert before[0] not in possible(agenda(wallet, role))

    def anyone(*names: str) -> None:
        """Types all that anyone can do without knowing more, each first in a dry run."""
        done = []
        while errands := possible(agenda(None)):
            by = keystore(offices.operator)[:2]
            for each in errands:
                assert not CAPITALS.search(each["command"])
                dry = say(*words_of(each), "--dry-run", *by)
                assert dry.code == 0, (each, dry.err)
            said = say(*words_of(errands[0]), *by)
            assert said.code == 0, said.err
            done.append(errands[0]["name"])
        assert done == list(names)

    def wait(wallet: Wallet | None, role: str) -> None:
        """Lets the time pass until the first errand that it brings."""
        ahead = [each for each in agenda(wallet, role)["errands"] if not each["possible"]]
        chain.advance_to(seconds(ahead[0]["since"]))

    def shares(name: str) -> None:
        (first, *_rest) = openers.values()
        wait(first, "opener")
        for seat, wallet in list(openers.items())[: pilot.THRESHOLD]:
            seed = [f"{seat}.seed", "--seed-password-file", "password"]
            does(wallet, "opener", name, seed[0], more=seed[1:])

    anyone()
    shares("share")
    anyone("release", "open", "draw")
    (panel,) = stage.ledger.ballots.panels([number])
    for seat in panel:
        marks = ["yes"] * len(tender.bidders)
        does(stage.members[seat].wallet, "panel", "cast", text, *marks)
    shares("share-ballots")
    anyone("release-ballots", "open-ballots", "rank")
    wait(None, "anyone")
    anyone("finalise")

    (winner,) = stage.ledger.awards.winners([number])
    supplier = next(
        each.wallet for each in tender.bidders.values() if each.id == winner.organisation
    )
    buyer, inspectors = tender.buyer.wallet, offices.inspectors
    parties = [each.address for each in (offices.treasury, *inspectors[:2])]
    does(buyer, "buyer", "prepare", text, *parties)
    does(buyer, "buyer", "sign")
    does(supplier, "supplier", "sign")
    signatures = [f"agreement-{number}-{each.address}.json" for each in (buyer, supplier)]
    does(supplier, "supplier", "submit", *signatures)
    assert stage.ledger.awards.phases([number]) == [Phase.CONTRACTED]

    does(offices.treasury, "treasury", "mint", text)
    does(offices.treasury, "treasury", "fund")
    for milestone in range(len(pilot.PLAN)):
        does(supplier, "supplier", "report", text)
        if not milestone:
            for inspector in inspectors[:1]:
                does(inspector, "inspector", "reject", text)
            does(supplier, "supplier", "report", text)
        for inspector in inspectors[:2]:
            does(inspector, "inspector", "accept")
    does(offices.treasury, "treasury", "close")
    for wallet, role in ((buyer, "buyer"), (supplier, "supplier"), (inspectors[0], "inspector")):
        assert not [e for e in agenda(wallet, role)["errands"] if e.get("tender") == number]


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_every_role_of_an_account_is_listed_and_at_last_what_anyone_may_do(
    stage: Stage, tender: Tender, agenda: Run
) -> None:
    offices, (supplier, *_others) = stage.offices, tender.bidders.values()
    opener = stage.members[next(iter(stage.openers.seeds))].wallet
    for wallet, roles in (
        (offices.administrator, ["administrator"]),
        (offices.registrar, ["registrar"]),
        (offices.treasury, ["treasury"]),
        (offices.relay, ["relay"]),
        (opener, ["opener", "panel"]),
        (tender.buyer.wallet, ["buyer"]),
        (supplier.wallet, ["supplier"]),
        (Wallet.create(), []),
        (None, []),
    ):
        found = agenda(wallet)
        assert found["roles"] == [*roles, "anyone"]
        assert found["account"] == (wallet.address if wallet else None)
        for role in roles:
            alone = agenda(wallet, role)
            assert alone["roles"] == [role]
            assert [each for each in found["errands"] if each["role"] == role] == alone["errands"]
    names = [each["name"] for each in agenda(supplier.wallet)["errands"]]
    assert names == ["bid"]
    assert [each["name"] for each in agenda(offices.relay)["errands"]] == ["relay-bid"]
    assert [each["name"] for each in agenda(tender.buyer.wallet)["errands"]] == [
        "cancel",
        "publish",
    ]


def test_whoever_has_not_the_role_is_refused(say: Run, stage: Stage, keystore: SignedBy) -> None:
    where = ["--record", "deployment.json"]
    for role in TITLES:
        said = say("next", "--as", role, *where, *keystore(stage.offices.operator)[:2])
        assert said.code == (0 if role == "anyone" else 2)
        if said.code:
            assert f"does not have the role {TITLES[role]} on this ledger now" in said.err
            assert said.err.count("\n") == 1
            nobody = say("next", "--as", role, *where)
            assert nobody.code == 2
            assert "Nobody is named" in nobody.err
    said = say("next", "--as", "king", *where)
    assert said.code == 2
    assert "Write one of them" in said.err


def test_an_address_is_enough_and_nothing_is_asked(
    say: Run, stage: Stage, tender: Tender, keystore: SignedBy, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["--record", "deployment.json", "--json"]
    buyer = tender.buyer.wallet
    by_file = say("next", *where, *keystore(buyer)[:2]).document
    by_address = say("next", *where, "--address", buyer.address.lower()).document
    assert by_address["account"] == buyer.address
    commands = [each["command"] for each in by_address["errands"]]
    assert commands == [
        f"terang tender cancel {tender.id} --reason FILE --record deployment.json",
        "terang tender publish --file RELEASE --record deployment.json",
    ]
    file = keystore(buyer)[1]
    assert [each["command"] for each in by_file["errands"]] == [
        f"{each} --keystore {shlex.quote(str(file))}" for each in commands
    ]
    monkeypatch.setenv("TERANG_PRIVATE_KEY", "0x" + 32 * "11")
    by_key = say("next", *where).document
    assert by_key["account"] == Wallet.from_key(32 * b"\x11").address
    assert say("next", *where, "--as", "anyone").document["account"] is None
    wrong = say("next", "--address", "0x12", *where)
    assert wrong.code == 2


def test_options_are_typed_again_only_where_a_command_takes_them(
    chain: Chain, say: Run, stage: Stage, tender: Tender, keystore: SignedBy
) -> None:
    acts.open_bids(stage, [tender])
    acts.draw(stage, [tender])
    acts.cast_ballots(stage, [tender])
    acts.open_ballots(stage, [tender])
    chain.advance_to(chain.now + pilot.rule().standstill_period)
    operator = keystore(stage.offices.operator)
    where = ["--record", "deployment.json"]
    assert say("award", "finalise", tender.id, *where, *operator).code == 0
    file = Path("pembeli ku.json")
    Path(str(keystore(tender.buyer.wallet)[1])).rename(file)
    found = say("next", "--as", "buyer", *where, "--json", "--keystore", file).document
    commands = {each["name"]: each["command"] for each in found["errands"]}
    assert commands["prepare"].endswith("--inspector ADDRESS --record deployment.json")
    assert commands["sign"] == (
        f"terang agreement sign agreement-{tender.id}.json --keystore 'pembeli ku.json'"
    )
    assert commands["submit"].endswith(
        "--supplier FILE --record deployment.json --keystore 'pembeli ku.json'"
    )


def test_an_empty_ledger_says_so_in_one_sentence(
    chain: Chain, artifacts: Artifacts, say: Run
) -> None:
    administrator = Wallet.create()
    deploy(
        chain,
        Sender(chain),
        administrator,
        artifacts,
        steps(administrator.address, [Currency("IDR", 2)]),
        network="empty",
        administrator=administrator.address,
    ).save(Path("empty.json"))
    said = say("next", "--record", "empty.json")
    assert said.code == 0
    heading, blank, role, nothing = said.out.splitlines()
    assert heading.endswith("by the chain's clock")
    assert (blank, role) == ("", "As anyone:")
    assert nothing == "  Nothing now, and nothing that time alone will bring."
    found = say("next", "--record", "empty.json", "--address", administrator.address, "--json")
    commands = [each["command"] for each in found.document["errands"]]
    assert commands == [
        f"terang participant licence grant {licence} ADDRESS --record empty.json"
        for licence in ("registrar", "treasury")
    ]


@pytest.mark.parametrize("name", ACTS)
def test_every_command_that_is_listed_is_there(name: str) -> None:
    """With all the options and arguments that it needs, and no other."""
    known = {"marks": "--mark 7=MARK", "code": "IDR", "figure": "7.00", "account": "0x" + 40 * "7"}
    facts = {
        **dict.fromkeys(("tender", "milestone", "batch", "dealer", "organisation"), 7),
        **known,
    }
    words = ACTS[name].types.format(**facts).split()
    command: click.Command = root
    context = click.Context(command)
    while isinstance(command, click.Group):
        found = command.get_command(context, words.pop(0))
        assert found is not None
        command, context = found, click.Context(found)
    types = [each.type for each in command.params]
    for each in command.params:
        each.required = each.required or each.name == "tender"
    try:
        for each in command.params:  # what stands in capitals is no value of its kind
            each.type = click.STRING
        command.make_context(name, words)
    finally:
        for each, kind in zip(command.params, types, strict=True):
            each.type = kind


def test_the_agenda_speaks_indonesian(
    say: Run, stage: Stage, tender: Tender, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["--record", "deployment.json", "--address", tender.buyer.wallet.address]
    monkeypatch.setenv("TERANG_LANG", "id")
    said = say("next", *where)
    assert said.code == 0
    assert "Sebagai pembeli:" in said.out
    assert f": Batalkan tender {tender.id}\n      terang tender cancel {tender.id} " in said.out
    refused = say("next", "--as", "panel", *where)
    assert refused.code == 2
    assert "tidak berperan sebagai anggota Pokja" in refused.err
