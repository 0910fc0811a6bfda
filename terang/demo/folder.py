"""The folder of a run: filled aside, and put in place when the run is over."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from terang.errors import UsageError
from terang.i18n import _

PAGE, RECORD, RECORDS, DOCUMENTS = "index.html", "deployment.json", "records", "documents"
"""What a run leaves: the public page, and beside it the deployment's record, the records of
parties, and the store of documents."""
KEYS, NODE = "keys", "node-"
"""What a run leaves whose ledger stays: keystores, and the folder of its chain by this prefix."""

MARK = ".terang-demo"
"""Tells a folder that a run made, and may replace, from one that is somebody's."""


@contextmanager
def folder(out: Path) -> Iterator[Path]:
    """Gives a fresh folder to work in; what is in it replaces an earlier run's at the end.

    A run that fails or is interrupted leaves `out` as it was, and runs at the same time do not
    meet.

    Args:
        out: the folder that people look into; made if missing.

    Raises:
        UsageError: when `out` holds something else than an earlier run.
        OSError: when it cannot be written.
    """
    if out.exists() and not _replaceable(out):
        raise UsageError(
            _(
                "{folder} is not empty, and not of an earlier run. Name another folder with --out."
            ).format(folder=out)
        )
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".run-", dir=out) as made:
        work = Path(made)
        yield work
        (out / MARK).touch()
        for name in (
            PAGE,
            KEYS,
            RECORD,
            RECORDS,
            DOCUMENTS,
        ):  # the page of a ledger that is gone first
            _remove(out / name)
        for name in (DOCUMENTS, RECORDS, RECORD, KEYS, PAGE):
            if (work / name).exists():
                (work / name).rename(out / name)


def _replaceable(out: Path) -> bool:
    if not out.is_dir():
        return False
    others = [
        each
        for each in out.iterdir()
        if not each.name.startswith(".run-") and each not in nodes(out)
    ]
    return not others or (out / MARK).is_file()


def nodes(out: Path) -> list[Path]:
    """Returns the folders of chains that earlier runs left; nobody else's of such a name."""
    return [
        each
        for each in out.glob(f"{NODE}*")
        if not each.is_symlink()
        and each.is_dir()
        and each.stat().st_uid == os.getuid()
        and (each / MARK).is_file()
    ]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
