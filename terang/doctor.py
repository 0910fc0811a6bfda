"""Whether all that Terang needs is there: each thing looked at by itself, with what to do."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from terang.chain.compile import SOLC, SOLC_VERSION
from terang.chain.connection import Chain
from terang.chain.deploy import Deployment
from terang.chain.node import anvil_program
from terang.chain.outbox import Outbox
from terang.errors import TerangError
from terang.i18n import _, language
from terang.identity.keystore import keystore_address

PYTHON = ((3, 11), (3, 13))  # from, and before
_ANVIL = "1.7."
_NODE_MAJOR = 22
_SECONDS = 30  # that a program may take to tell its version
_SKEW = 60  # seconds that machine and chain may differ
_STALE = 600  # seconds without a block after which a chain, or the machine's clock, stands still


@dataclass(frozen=True)
class Check:
    """What was found about one thing.

    Attributes:
        name: what was looked at, in the language in force.
        ok: whether it is as it must be.
        found: what is there.
        advice: what to do; "" where all is well.
    """

    name: str
    ok: bool
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Subject:
    """What the settings name.

    Attributes:
        url: the node's address.
        record: the deployment's record.
        outbox: folder of what was sent and is not known to be done.
        secrets: files that only their owner may read: password, seed.
        keystore: of the account that signs.
    """

    url: str
    record: Path
    outbox: Path
    secrets: tuple[Path, ...] = ()
    keystore: Path | None = None


def examine(subject: Subject) -> list[Check]:
    """Looks at everything.

    Returns:
        one check for each thing. Where the node does not answer, what needs it is left out.
    """
    return [
        python(sys.version_info[:2]),
        packages(metadata.requires("terang") or []),
        *programs(),
        compiler(SOLC),
        *chain(subject.url, subject.record),
        *keys(subject.keystore, subject.secrets),
        sendings(subject.outbox),
        Check(_("language"), True, language()),
    ]


def python(version: tuple[int, ...]) -> Check:
    """Looks at Python's version, such as (3, 11)."""
    least, below = PYTHON
    found = ".".join(map(str, version))
    ok = least <= version < below
    return Check(
        "Python", ok, found, "" if ok else _("Use Python 3.11 or 3.12, then run `make setup`.")
    )


def packages(requirements: list[str]) -> Check:
    """Looks whether the packages are installed that these requirements (PEP 508) name."""
    names = [re.split(r"[^A-Za-z0-9._-]", each)[0] for each in requirements if "extra" not in each]
    missing = [each for each in names if not _installed(each)]
    if missing:
        return Check(_("packages"), False, ", ".join(missing), _("Run `make setup`."))
    return Check(_("packages"), True, str(len(names)))


def programs() -> Iterator[Check]:
    """Looks at the programs that a local chain and the compiler need."""
    try:
        anvil = _version(anvil_program())
    except TerangError as error:
        yield Check("Anvil", False, _("missing"), str(error))
    else:
        yield _program(
            "Anvil", anvil, bool(anvil and _ANVIL in anvil), _("Put Foundry 1.7 on PATH.")
        )
    beside = str(Path(sys.executable).parent)
    found = shutil.which("node", path=beside) or shutil.which("node")
    told = _version(found) if found else None
    major = re.match(r"v(\d+)\.", told or "")
    ok = bool(major and int(major[1]) >= _NODE_MAJOR)
    yield _program("Node.js", told, ok, _("Run `make setup`."))


def compiler(path: Path) -> Check:
    """Looks whether the Solidity compiler runs and is the version that the contracts name."""
    told = _version(str(path))
    found = re.search(r"Version: (\S+)", told or "")
    ok = bool(found and found[1].startswith(f"{SOLC_VERSION}+"))
    return _program(_("compiler"), found[1] if found else None, ok, _("Run `make setup`."))


def chain(url: str, record: Path) -> Iterator[Check]:
    """Looks at the node, its clock, and whether it has what the record says."""
    name = _("chain")
    try:
        with Chain(url, timeout=10) as place:
            head = place.head()
            client = _printable(str(place.rpc("web3_clientVersion")))
            yield Check(
                name,
                True,
                _("{client}, chain {id}, block {block}").format(
                    client=client, id=place.chain_id, block=head.number
                ),
            )
            name = _("clock")
            ahead = head.timestamp - int(time.time())
            yield clock(ahead, commanded=place.is_development)
            name = _("deployment")
            found = Deployment.load(record, place)
            told = _("{network}, {count} contracts")
            yield Check(name, True, told.format(network=found.network, count=len(found.contracts)))
    except TerangError as error:
        found_ = str(record) if name == _("deployment") else _("no answer that can be used")
        yield Check(name, False, found_, str(error))


def clock(ahead: int, *, commanded: bool) -> Check:
    """Looks at how far the chain's time is from the machine's.

    Args:
        ahead: seconds that the newest block is ahead; negative for behind.
        commanded: whether it is a development chain, whose clock is moved by hand.
    """
    found = _("the newest block is {seconds} seconds from the machine's time").format(
        seconds=f"{ahead:+d}"
    )
    if commanded or -_STALE <= ahead <= _SKEW:
        return Check(_("clock"), True, found)
    advice = (
        _("Set the machine's clock: the chain is ahead of it.")
        if ahead > 0
        else _("Look whether the node still gets blocks, and whether the machine's clock is right.")
    )
    return Check(_("clock"), False, found, advice)


def keys(keystore: Path | None, secrets: tuple[Path, ...]) -> Iterator[Check]:
    """Looks whether the keystore is one, and whether only its owner reads what is secret."""
    name = _("keystore")
    if keystore is None:
        yield Check(name, True, _("none is named"))
    else:
        try:
            address = keystore_address(keystore)
        except TerangError as error:
            yield Check(name, False, str(keystore), str(error))
        else:
            yield Check(name, True, f"{keystore}, {address}")
    for path in (*((keystore,) if keystore else ()), *secrets):
        try:
            open_to_others = path.stat().st_mode & 0o077
        except OSError as error:
            if path != keystore:
                yield Check(
                    _("permissions"),
                    False,
                    f"{path}: {error.strerror}",
                    _("Correct the setting that names it."),
                )
            continue
        yield Check(
            _("permissions"),
            not open_to_others,
            str(path),
            _("Others may read it. Run `chmod 600 {path}`.").format(path=path)
            if open_to_others
            else "",
        )


def sendings(folder: Path) -> Check:
    """Looks whether something was sent whose end nobody learned."""
    try:
        entries = Outbox(folder).entries()
    except TerangError as error:
        return Check(_("outbox"), False, str(folder), str(error))
    if not entries:
        return Check(_("outbox"), True, _("nothing is left in it"))
    labels = ", ".join(sent.label or "?" for each in entries for sent in each.sent)
    return Check(
        _("outbox"),
        False,
        _printable(labels),
        _("Repeat the command that was interrupted: it follows what it sent, and sends it once."),
    )


def _program(name: str, version: str | None, ok: bool, advice: str) -> Check:
    return Check(name, ok, version or _("missing"), "" if ok else advice)


def _version(program: str) -> str | None:
    """Returns what a program says of its version; None when it cannot run."""
    try:
        told = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_SECONDS, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return _printable(told.stdout) or None


def _installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _printable(text: str) -> str:
    shown = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(shown.split())[:80]
