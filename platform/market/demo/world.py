"""What the content files say, as plain values. Days and years count back from the day of loading."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from market.kernel.money import FEN_PER_WAN, Money

CONTENT = Path(__file__).parent / "content"
Part = TypeVar("Part")


@dataclass(frozen=True)
class OrganisationEntry:
    """An organisation; `kind` and the codes are the values of the vocabularies."""

    code: str
    kind: str
    name: str
    county: str
    introduction: str
    size: str | None = None
    industry: str | None = None
    peer_group: str | None = None
    rd_fte: str | None = None
    former_names: tuple[str, ...] = ()
    is_verified: bool = True


@dataclass(frozen=True)
class PersonEntry:
    """Somebody who can sign in; `of` gives the roles by organisation code, the first one acts by default.

    `is_shown`: one of the few that are printed when the platform starts.
    """

    email: str
    name: str
    of: Mapping[str, tuple[str, ...]]
    is_shown: bool = False


@dataclass(frozen=True)
class RelationEntry:
    """Two organisations that are related parties."""

    first: str
    second: str
    reason: str
    source: str


@dataclass(frozen=True)
class RightEntry:
    """A right; `age` = years since filing (or since registration, for rights that are not filed)."""

    kind: str
    title: str
    applicants: str
    ipc: str
    age: float


@dataclass(frozen=True)
class OfferEntry:
    """One way of transfer with its terms."""

    way: str
    pricing: str
    price: Money | None
    basis: str | None
    note: str
    months: int | None


@dataclass(frozen=True)
class ShareEntry:
    """Who owns a part beside the institution: `kind` of ShareHolder, `share` in percent, whether she has consented."""

    kind: str
    name: str
    share: int
    consented: bool = True


@dataclass(frozen=True)
class EncumbranceEntry:
    """What limits disposing of the first right; days count back, `until` forward."""

    kind: str
    holder: str
    days: int
    until: int | None = None


@dataclass(frozen=True)
class UseEntry:
    """Use outside the platform since so many days."""

    kind: str
    days: int
    partner: str = ""
    note: str = ""


@dataclass(frozen=True)
class OpenListDecisionEntry:
    """What the institution said of an unused achievement on the open list."""

    decision: str
    text: str


@dataclass(frozen=True)
class ListingEntry:
    """How an achievement stands on the market; `published` = days since it was (or since its last step).

    `bundle`: keys of the entries of the same register that it offers too.
    `reason`: why it was rejected (`rejected_by`: institution or platform) or withdrawn `withdrawn` days ago.
    """

    title: str
    summary: str
    problem: str
    advantage: str
    state: str
    published: int
    offers: tuple[OfferEntry, ...]
    reason: str = ""
    rejected_by: str = ""
    withdrawn: int | None = None
    bundle: tuple[str, ...] = ()


@dataclass(frozen=True)
class AchievementEntry:
    """An entry of an institution's register. The first of `rights` is the achievement's own.

    `fee`: due or overdue where the annual fee is; paid otherwise.
    """

    key: str
    institution: str
    title: str
    kind: str
    field: str
    industry: str
    maturity: str
    abstract: str
    completers: str
    is_fiscal: bool | None
    status: str | None
    ownership_reason: str | None
    rights: tuple[RightEntry, ...]
    listing: ListingEntry | None
    trl: int | None = None
    fee: str | None = None
    shares: tuple[ShareEntry, ...] = ()
    encumbrance: EncumbranceEntry | None = None
    use: UseEntry | None = None
    open_list: OpenListDecisionEntry | None = None


@dataclass(frozen=True)
class BidEntry:
    """A bid so many hours after the opening."""

    by: str
    hours: float
    price: Money


@dataclass(frozen=True)
class LotEntry:
    """A lot over the auction offer of one achievement."""

    achievement: str
    title: str
    announced: int
    opens: int
    closes: int
    step: Money
    bidders: tuple[str, ...]
    bids: tuple[BidEntry, ...]


@dataclass(frozen=True)
class DecisionEntry:
    """The institution's answer to an application."""

    accepts: bool
    days: int
    reason: str = ""


@dataclass(frozen=True)
class PublicityEntry:
    """The publicity of the price agreed in the deal that follows: confirmed, then started the day after."""

    days: int
    basis: str
    place: str


@dataclass(frozen=True)
class ApplicationEntry:
    """An application on one way of a listing; without a decision it waits for one."""

    achievement: str
    way: str
    by: str
    days: int
    price: Money | None
    plan: str
    decision: DecisionEntry | None
    withdrawn: int | None
    publicity: PublicityEntry | None = None


@dataclass(frozen=True)
class PauseEntry:
    """A listing taken out of the search for a while."""

    achievement: str
    days: int
    reason: str


@dataclass(frozen=True)
class World:
    """Everything that the demonstration holds."""

    organisations: tuple[OrganisationEntry, ...]
    people: tuple[PersonEntry, ...]
    relations: tuple[RelationEntry, ...]
    achievements: tuple[AchievementEntry, ...]
    lots: tuple[LotEntry, ...]
    applications: tuple[ApplicationEntry, ...]
    pauses: tuple[PauseEntry, ...]


@lru_cache(maxsize=1)
def load_world() -> World:
    """The content files, read once."""
    institutions, authorities, enterprises = (
        _read(f"{name}.toml") for name in ("institutions", "authorities", "enterprises")
    )
    people, trading = _read("people.toml"), _read("trading.toml")
    organisations = (
        *(_organisation(entry) for entry in authorities["organisation"]),
        *(_organisation({"kind": "institution"} | entry) for entry in institutions["organisation"]),
        *(_organisation({"kind": "enterprise"} | entry) for entry in enterprises["organisation"]),
    )
    names = {entry.code: entry.name for entry in organisations}
    return World(
        organisations=organisations,
        people=tuple(_people(people)),
        relations=tuple(RelationEntry(**entry) for entry in enterprises["relation"]),
        achievements=tuple(_achievements(names)),
        lots=tuple(map(_lot, trading["lot"])),
        applications=tuple(map(_application, trading["application"])),
        pauses=tuple(PauseEntry(**entry) for entry in trading["pause"]),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((CONTENT / name).read_text(encoding="utf-8"), parse_float=Decimal)


def _organisation(entry: dict[str, Any]) -> OrganisationEntry:
    return OrganisationEntry(**entry | {"former_names": tuple(entry.get("former_names", ()))})


def _people(content: dict[str, Any]) -> Iterator[PersonEntry]:
    for entry in content["person"]:
        roles_by_code = {code: tuple(roles) for code, roles in entry["of"].items()}
        yield PersonEntry(entry["email"], entry["name"], roles_by_code, entry.get("is_shown", False))
    for office in content["office"]:
        code, domain, is_shown = office["institution"], office["domain"], office.get("is_shown", False)
        yield PersonEntry(f"officer@{domain}", office["officer"], {code: ("transfer_officer",)}, is_shown)
        yield PersonEntry(f"head@{domain}", office["head"], {code: ("institution_head",)}, is_shown)


def _achievements(names: Mapping[str, str]) -> Iterator[AchievementEntry]:
    for path in sorted((CONTENT / "achievements").glob("*.toml")):
        content = _read(f"achievements/{path.name}")
        for entry in content["achievement"]:
            yield _achievement(entry, content["institution"], names)


def _achievement(entry: dict[str, Any], institution: str, names: Mapping[str, str]) -> AchievementEntry:
    shares = tuple(ShareEntry(**share) for share in entry.get("shares", ()))
    co_owners = (share.name for share in shares if share.kind == "co_owner")
    applicants = entry.get("applicants") or "；".join((names[institution], *co_owners))
    own = {"kind": entry["kind"], "title": entry["title"], "ipc": entry["ipc"], "age": entry["age"]}
    rights = [own, *entry.get("more_rights", ())]
    return AchievementEntry(
        key=entry["key"],
        institution=institution,
        title=entry["title"],
        kind=entry["kind"],
        field=entry["field"],
        industry=entry["industry"],
        maturity=entry["maturity"],
        abstract=entry["abstract"],
        completers=entry["completers"],
        is_fiscal=entry.get("is_fiscal"),
        status=entry.get("status"),
        ownership_reason=entry.get("ownership_reason"),
        rights=tuple(
            RightEntry(right["kind"], right["title"], applicants, right.get("ipc", ""), float(right["age"]))
            for right in rights
        ),
        listing=_listing(entry["listing"]) if "listing" in entry else None,
        trl=entry.get("trl"),
        fee=entry.get("fee"),
        shares=shares,
        encumbrance=_part(EncumbranceEntry, entry, "encumbrance"),
        use=_part(UseEntry, entry, "use"),
        open_list=_part(OpenListDecisionEntry, entry, "open_list"),
    )


def _part(make: Callable[..., Part], entry: dict[str, Any], name: str) -> Part | None:
    return make(**entry[name]) if name in entry else None


def _listing(entry: dict[str, Any]) -> ListingEntry:
    bundle = tuple(entry.get("bundle", ()))
    return ListingEntry(**entry | {"offers": tuple(map(_offer, entry["offers"])), "bundle": bundle})


def _offer(entry: dict[str, Any]) -> OfferEntry:
    usual = "starting" if entry["way"] == "auction" else "fixed"
    notes = (entry["note"], entry.get("price_after", ""))
    return OfferEntry(
        way=entry["way"],
        pricing=entry.get("pricing", usual),
        price=_wan(entry.get("wan")),
        basis=entry.get("basis"),
        note="；".join(filter(None, notes)),
        months=entry.get("months"),
    )


def _wan(amount: Decimal | int | None) -> Money | None:
    return None if amount is None else Money(int(amount * FEN_PER_WAN))


def _lot(entry: dict[str, Any]) -> LotEntry:
    return LotEntry(
        achievement=entry["achievement"],
        title=entry["title"],
        announced=entry["announced"],
        opens=entry["opens"],
        closes=entry["closes"],
        step=Money(entry["step_yuan"] * 100),
        bidders=tuple(entry["bidders"]),
        bids=tuple(
            BidEntry(bid["by"], float(bid["hours"]), Money(int(bid["wan"] * FEN_PER_WAN))) for bid in entry["bids"]
        ),
    )


def _application(entry: dict[str, Any]) -> ApplicationEntry:
    decision = entry.get("decision")
    return ApplicationEntry(
        achievement=entry["achievement"],
        way=entry["way"],
        by=entry["by"],
        days=entry["days"],
        price=_wan(entry.get("wan")),
        plan=entry["plan"],
        decision=DecisionEntry(**decision) if decision else None,
        withdrawn=entry.get("withdrawn"),
        publicity=PublicityEntry(**entry["publicity"]) if "publicity" in entry else None,
    )
