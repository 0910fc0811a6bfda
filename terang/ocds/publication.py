"""What a buyer publishes of a tender: options, and what they leave open from an OCDS release.

Fields of the standard (OCDS 1.1): `ocid`; `tender.lots[].id`; `value` of the lot, of the tender
where there is one lot or none; `tender.tenderPeriod.endDate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path

from terang.errors import UsageError
from terang.i18n import _
from terang.ocds.fields import Json, chain_text, ident, obj, objects, text
from terang.ocds.money import amount, currency_code
from terang.ocds.read import Fault, Release, read_releases

_CURRENCY = "IDR"  # of a tender that is published without a release
_CATEGORIES = ("goods", "services", "works")
_NAMED = 10  # lots that a sentence names at most


@dataclass(frozen=True)
class Options:
    """What a buyer says itself; it goes before the release.

    Attributes:
        ocid: process id; None for the release's.
        lot: lot id; None for that of the only lot.
        currency: ISO 4217 code; None for the release's.
        ceiling: owner's estimate; None for the release's.
        closes: closing time with its zone; None for the release's.
        documents: tender documents beside the release.
    """

    ocid: str | None = None
    lot: str | None = None
    currency: str | None = None
    ceiling: Decimal | None = None
    closes: datetime | None = None
    documents: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Publication:
    """What is published of a tender.

    Attributes:
        ocid: process id.
        lot: lot id; empty if there is none.
        title: of the lot or process, for people; empty if there is none.
        category: what is bought, in the standard's words; empty if the release does not say.
        currency: ISO 4217 code.
        ceiling: owner's estimate; None if there is none.
        closes: closing time with its zone.
        documents: tender documents; first the release, whole, with its title and description.
        notes: what the release lacks or what was not taken from it, one sentence each.
    """

    ocid: str
    lot: str
    title: str
    currency: str
    ceiling: Decimal | None
    closes: datetime
    documents: tuple[Path, ...]
    notes: tuple[str, ...] = ()
    category: str = ""


def publication(options: Options, file: Path | None = None) -> Publication:
    """Puts together what is published.

    Args:
        options: what the buyer says itself.
        file: one OCDS release, or a record or package with one; None if the options say all.

    Raises:
        UsageError: when something is missing or cannot be used.
        OcdsFileError: when the file cannot be read.
        AmountError: when the release's amount or currency is none.
    """
    return _by_options(options) if file is None else _Reading(file, options).publication()


def publications(
    options: Options, lots: Sequence[str] = (), file: Path | None = None
) -> list[Publication]:
    """Puts together what is published of a procurement, of each lot one.

    Args:
        options: what the buyer says itself of each lot.
        lots: their ids; none for all of the release, or for a tender without lots.
        file: one OCDS release, or a record or package with one; None if the options say all.

    Raises:
        UsageError: when something is missing or cannot be used.
        OcdsFileError: when the file cannot be read.
        AmountError: when the release's amount or currency is none.
    """
    if not lots and file is not None:
        lots = _Reading(file, options).several()
    if len(lots) > 1 and options.ceiling is not None:
        raise UsageError(
            _("One ceiling is given for {count} lots. Give the lots' own in --lots FILE.").format(
                count=len(lots)
            )
        )
    return [publication(replace(options, lot=lot), file) for lot in lots] or [
        publication(options, file)
    ]


def _by_options(options: Options) -> Publication:
    if options.ocid is None or options.closes is None or not options.documents:
        missing = {
            "--ocid": options.ocid,
            "--document": options.documents,
            "--closes": options.closes,
        }
        option = next(name for name, value in missing.items() if not value)
        raise UsageError(
            _("{option} is missing. Give it, or an OCDS release with --file.").format(option=option)
        )
    currency = options.currency or _CURRENCY
    return Publication(
        options.ocid,
        options.lot or "",
        "",
        currency,
        options.ceiling,
        options.closes,
        options.documents,
    )


@dataclass
class _Reading:
    """A release that is read for publication."""

    file: Path
    options: Options
    notes: list[str] = field(default_factory=list)

    def publication(self) -> Publication:
        release = self._release()
        tender = obj(release.get("tender"))
        lots = [each for _i, each in objects(tender.get("lots"))]
        lot, entry = self._lot(lots)
        currency, ceiling = self._money(tender, entry, single=len(lots) < 2)
        title = text(entry.get("title")) or text(tender.get("title"))
        if not title and not text(entry.get("description")) and not text(tender.get("description")):
            self.notes.append(_("The release has neither title nor description."))
        category = text(tender.get("mainProcurementCategory")).lower()
        if category and category not in _CATEGORIES:
            self.notes.append(
                _(
                    "The release's category ({category}) is none of the standard's; give "
                    "--category if it is not goods."
                ).format(category=category[:40])
            )
            category = ""
        return Publication(
            self._reference("ocid", release.get("ocid"), self.options.ocid),
            lot,
            title,
            currency,
            ceiling,
            self.options.closes or self._closes(tender),
            (self.file, *self.options.documents),
            tuple(self.notes),
            category,
        )

    def several(self) -> list[str]:
        """Returns the ids of the release's lots, if it has more than one."""
        lots = objects(obj(self._release().get("tender")).get("lots"))
        names = [ident(each.get("id")) for _i, each in lots]
        return names if len(names) > 1 else []

    def _release(self) -> Json:
        found = list(islice(read_releases(self.file), 2))
        if len(found) > 1:
            raise UsageError(
                _(
                    "{file} holds more than one release. Give a file with the one to publish."
                ).format(file=self.file)
            )
        first = found[0] if found else Fault(1, "", _("There is no release in it."))
        if isinstance(first, Release):
            return first.content
        raise UsageError(
            _("{file} cannot be published: {reason} Give an OCDS release.").format(
                file=self.file, reason=first.reason
            )
        )

    def _lot(self, lots: list[Json]) -> tuple[str, Json]:
        """The lot's id for the chain, and its entry; an empty entry where it has none."""
        wanted = self.options.lot
        if wanted is None and len(lots) > 1:
            raise UsageError(
                _("{file} has several lots: {lots}. Name one with --lot.").format(
                    file=self.file, lots=_named(lots)
                )
            )
        if wanted is None:
            entry = lots[0] if lots else {}
            return self._reference("lot", entry.get("id"), None, needed=False), entry
        same = [each for each in lots if ident(each.get("id")) == wanted]
        if lots and len(same) != 1:
            raise UsageError(
                _("{file} has not exactly one lot {lot}, but: {lots}. Name one of them.").format(
                    file=self.file, lot=text(wanted)[:40], lots=_named(lots)
                )
            )
        return self._reference("lot", wanted, None), same[0] if same else {}

    def _reference(
        self, name: str, published: object, given: str | None, *, needed: bool = True
    ) -> str:
        """An id as it may go on chain."""
        if given is not None:
            return given
        raw = ident(published)
        if not raw and needed:
            raise UsageError(
                _("{file} has no {field}. Give --{option}.").format(
                    file=self.file, field=name, option=name
                )
            )
        found, change = chain_text(raw, "")
        if change == "personal":
            raise UsageError(
                _(
                    "The {field} in {file} holds personal data, and would stay on chain for ever. "
                    "Correct it in the source."
                ).format(file=self.file, field=name)
            )
        if change:
            self.notes.append(
                _("The {what} is too long or not clean: its SHA-256 goes on chain.").format(
                    what=name
                )
            )
        return found

    def _money(self, tender: Json, entry: Json, *, single: bool) -> tuple[str, Decimal | None]:
        """Currency and ceiling; a value in another currency than the buyer's is no ceiling."""
        path, value = "tender.lots[].value", obj(entry.get("value"))
        if single and value.get("amount") in (None, ""):
            path, value = "tender.value", obj(tender.get("value"))
        given, ceiling = self.options.currency, self.options.ceiling
        if given and ceiling is not None:
            return given, ceiling
        published = currency_code(value.get("currency"), f"{path}.currency")
        if not given and not published:
            published = currency_code(
                obj(tender.get("value")).get("currency"), "tender.value.currency"
            )
        if not given and not published:
            raise UsageError(
                _("{file} has no {field}. Give --{option}.").format(
                    file=self.file, field=f"{path}.currency", option="currency"
                )
            )
        currency = given or published
        if ceiling is not None:
            return currency, ceiling
        found = amount(value.get("amount"), f"{path}.amount")
        if not found:
            self.notes.append(
                _("{field} is missing or 0: the tender has no ceiling.").format(
                    field=f"{path}.amount"
                )
            )
            return currency, None
        if published and published != currency:
            raise UsageError(
                _(
                    "{field} is in {published}, not in {currency}. "
                    "Give --ceiling in {currency}, or leave out --currency."
                ).format(field=path, published=published, currency=currency)
            )
        return currency, found

    def _closes(self, tender: Json) -> datetime:
        """The end of the tender period; a date without hour and zone closes at no known time."""
        published = obj(tender.get("tenderPeriod")).get("endDate")
        if published in (None, ""):
            raise UsageError(
                _("{file} has no {field}. Give --{option}.").format(
                    file=self.file, field="tender.tenderPeriod.endDate", option="closes"
                )
            )
        try:
            found = datetime.fromisoformat(str(published))
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise UsageError(
                _(
                    "tender.tenderPeriod.endDate in {file} is {value}, which is not a time with "
                    "its zone. Give --closes."
                ).format(file=self.file, value=text(published)[:40] or type(published).__name__)
            )
        return found


def _named(lots: list[Json]) -> str:
    """The ids of lots, for a sentence."""
    names = [text(each.get("id"))[:40] or "–" for each in lots]
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
