"""Who owns an achievement and who made it: shares, consents, rewards (专利法 art. 14, 浙江省条例 art. 37).

Shares count hundredths of a percent; 10,000 are the whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from market.achievements.errors import RegisterRefused
from market.achievements.vocabulary import OwnershipForm, ShareHolder
from market.kernel.errors import N_

WHOLE = 10_000
MINIMUM_LONG_TERM_YEARS = 10
"""国科发区〔2020〕128号."""
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%?")


@dataclass(frozen=True)
class CompleterDraft:
    """One completer, in the order of the certificate."""

    name: str
    unit: str = ""
    reward_share: int | None = None
    is_main: bool = False


@dataclass(frozen=True)
class ShareDraft:
    """One owner's part; the consent is to transfer and to exclusive or sole licences."""

    holder_kind: ShareHolder
    name: str
    share: int
    consented_on: date | None = None
    consented_by: str | None = None
    consent_document_id: int | None = None

    @property
    def is_consent_whole(self) -> bool:
        """Whether a consent has both its day and who signed, or neither."""
        return (self.consented_on is None) == (not self.consented_by)


@dataclass(frozen=True)
class LongTermUse:
    """赋予完成人的长期使用权: from a day on, for years."""

    from_on: date | None
    years: int | None


def parse_percent(text: str, field: str) -> int:
    """`33.33`, `33.33%` → 3333. Raises RegisterRefused for what is no percentage between 0 and 100."""
    given = unicodedata.normalize("NFKC", text).strip()
    match = _PERCENT.fullmatch(given)
    value = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else WHOLE + 1
    if value > WHOLE:
        raise RegisterRefused(
            "percent.format",
            N_("“%(given)s”不是百分比：请填 0 到 100 之间的数，最多两位小数，例如 33.33。"),
            field=field,
            given=given[:20],
        )
    return value


def percent(share: int | None) -> str:
    """3333 → `33.33%`; 5000 → `50%`; "" for none."""
    if share is None:
        return ""
    whole, rest = divmod(share, 100)
    return f"{whole}%" if not rest else f"{whole}.{rest:02d}".rstrip("0") + "%"


def completer_problems(completers: Sequence[CompleterDraft], shares: Sequence[ShareDraft]) -> Iterator[RegisterRefused]:
    """What is wrong with the completers: a name twice, rewards over 100 %, reward beside a share of ownership."""
    names = [completer.name for completer in completers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield RegisterRefused("completer.twice", N_("完成人“%(name)s”写了两次。"), field="completers", name=name)
    total = sum(completer.reward_share or 0 for completer in completers)
    if total > WHOLE:
        yield RegisterRefused(
            "completer.over_whole",
            N_("完成人的奖励份额合计 %(total)s，超过 100%%。"),
            field="completers",
            total=percent(total),
        )
    owners = {share.name for share in shares if share.holder_kind is ShareHolder.COMPLETER}
    for completer in completers:
        if completer.name in owners and completer.reward_share:
            yield RegisterRefused(
                "completer.owner_with_reward",
                N_("“%(name)s”已受赋权持有份额，不再参与单位收益的奖励分配（浙江省促进科技成果转化条例第三十七条）。"),
                field="completers",
                name=completer.name,
            )


def ownership_problems(
    form: OwnershipForm | None,
    shares: Sequence[ShareDraft],
    completers: Sequence[CompleterDraft],
    use: LongTermUse,
    today: date,
) -> Iterator[RegisterRefused]:
    """What is wrong with the form of ownership and its shares."""
    yield from _form_problems(form, shares)
    yield from _share_problems(shares, completers, today)
    yield from _long_term_problems(form, use)


def _form_problems(form: OwnershipForm | None, shares: Sequence[ShareDraft]) -> Iterator[RegisterRefused]:
    kinds = {share.holder_kind for share in shares}
    others = kinds - {ShareHolder.INSTITUTION}
    if form in {None, OwnershipForm.SOLE} and others:
        yield RegisterRefused(
            "ownership.sole_with_others",
            N_("填写了共有人或受赋权完成人的份额，请把权属形式改为共有。"),
            field="ownership_form",
        )
    if form is OwnershipForm.CO_OWNED and ShareHolder.CO_OWNER not in kinds:
        yield RegisterRefused(
            "ownership.co_owner_missing", N_("单位间共有的成果，请填写每个共有人及其份额。"), field="shares"
        )
    if form is OwnershipForm.EMPOWERED and ShareHolder.COMPLETER not in kinds:
        yield RegisterRefused(
            "ownership.completer_missing", N_("赋权共有的成果，请填写受赋权完成人及其份额。"), field="shares"
        )
    if others and ShareHolder.INSTITUTION not in kinds:
        yield RegisterRefused("ownership.own_missing", N_("请填写本单位的份额。"), field="shares")


def _share_problems(
    shares: Sequence[ShareDraft], completers: Sequence[CompleterDraft], today: date
) -> Iterator[RegisterRefused]:
    total = sum(share.share for share in shares)
    if shares and total != WHOLE:
        yield RegisterRefused(
            "ownership.sum", N_("份额合计 %(total)s，应为 100%%。"), field="shares", total=percent(total)
        )
    names = [share.name for share in shares]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield RegisterRefused("ownership.twice", N_("权利人“%(name)s”写了两次。"), field="shares", name=name)
    known = {completer.name for completer in completers}
    for share in shares:
        if share.share < 1:
            yield RegisterRefused(
                "ownership.nothing", N_("“%(name)s”的份额应大于 0。"), field="shares", name=share.name
            )
        if share.holder_kind is ShareHolder.COMPLETER and share.name not in known:
            yield RegisterRefused(
                "ownership.not_a_completer",
                N_("受赋权的“%(name)s”不在完成人名单里（浙江省促进科技成果转化条例第三十七条）。"),
                field="shares",
                name=share.name,
            )
        yield from _consent_problems(share, today)


def _consent_problems(share: ShareDraft, today: date) -> Iterator[RegisterRefused]:
    if (share.consented_on is None) != (not share.consented_by):
        yield RegisterRefused(
            "consent.half",
            N_("“%(name)s”的同意：请同时填写同意日期和签署人。"),
            field="shares",
            name=share.name,
        )
    if share.consented_on is not None and share.consented_on > today:
        yield RegisterRefused("consent.future", N_("“%(name)s”的同意日期在今天之后。"), field="shares", name=share.name)


def _long_term_problems(form: OwnershipForm | None, use: LongTermUse) -> Iterator[RegisterRefused]:
    is_given = use.from_on is not None or use.years is not None
    if form is not OwnershipForm.LONG_TERM_USE:
        if is_given:
            yield RegisterRefused(
                "ownership.use_without_form",
                N_("填写了长期使用权，请把权属形式改为“赋予长期使用权”，或清空这两项。"),
                field="ownership_form",
            )
        return
    if use.from_on is None or use.years is None:
        yield RegisterRefused(
            "ownership.use_missing", N_("请填写长期使用权的起始日和年限。"), field="long_term_use_years"
        )
    elif use.years < MINIMUM_LONG_TERM_YEARS:
        yield RegisterRefused(
            "ownership.use_too_short",
            N_("赋予完成人的长期使用权不少于 %(minimum)s 年（国科发区〔2020〕128号）。"),
            field="long_term_use_years",
            minimum=MINIMUM_LONG_TERM_YEARS,
        )


def missing_consents(shares: Sequence[ShareDraft]) -> list[str]:
    """Co-owners whose consent to transfer, exclusive and sole licences is not recorded (专利法 art. 14)."""
    return [
        share.name for share in shares if share.holder_kind is not ShareHolder.INSTITUTION and not share.consented_on
    ]
