"""What an applicant says of her organisation: checked at sign-up and whenever she corrects it before the verification."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts import reviewing
from market.accounts.identity import code_for, credit_code, has_deceptive_characters, is_industry, skeleton
from market.accounts.models import Organisation, OrganisationName
from market.accounts.policy import Act, require
from market.accounts.reviewing import EvidenceFile, ReviewRefused
from market.accounts.rules import FOUNDING_ROLES, Actor, OrganisationKind, SizeClass, normalise_name
from market.accounts.service import AccountRefused, OrganisationDraft
from market.kernel.errors import N_
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_name, lock_row


@dataclass(frozen=True, kw_only=True)
class OrganisationClaim:
    """The organisation as a form says.

    `is_sure_of_name`: the applicant was told of a name that looks alike and says that hers is another organisation.
    """

    kind: OrganisationKind
    organisation_name: str
    credit_code: str
    county_code: str | None
    size_class: SizeClass | None
    industry: str | None
    is_sure_of_name: bool = False


def correct(
    session: Session, actor: Actor, claim: OrganisationClaim, evidence: EvidenceFile | None, *, now: datetime
) -> None:
    """An administrator corrects what she said of her organisation and asks (again) to be verified.

    Raises ReviewRefused once it is verified, AccountRefused as sign-up does, EvidenceRefused.
    """
    require(actor, Act.ADMINISTER_ORGANISATION)
    organisation = lock_row(session, Organisation, actor.organisation_id)
    if organisation.verified_at is not None:
        sentence = N_("机构已核验，登记信息不能自行修改；如有变更请联系平台运营。")
        raise ReviewRefused("organisation.verified", sentence)
    draft = checked_organisation(session, claim, own=organisation, kinds=tuple(OrganisationKind))
    changed = _write(organisation, draft)
    session.flush()
    if changed:
        _record_correction(session, actor, changed, now)
    if reviewing.waiting_review(session, organisation.id) is None:
        reviewing.submit(session, organisation, actor.person_id, evidence, now=now)
    elif evidence is not None:
        reviewing.keep_evidence(session, organisation.id, actor.person_id, evidence, now=now)


_CORRECTED = ("name", "credit_code", "county_code", "size_class", "industry")


def _write(organisation: Organisation, draft: OrganisationDraft) -> dict[str, dict[str, str | None]]:
    """The changed fields with what stood there before."""
    changed: dict[str, dict[str, str | None]] = {}
    for field in _CORRECTED:
        value = getattr(draft, field)
        after = value.value if isinstance(value, SizeClass) else value
        before = getattr(organisation, field)
        if before != after:
            setattr(organisation, field, after)
            changed[field] = {"before": before, "after": after}
    return changed


def _record_correction(
    session: Session, actor: Actor, changed: dict[str, dict[str, str | None]], now: datetime
) -> None:
    draft = EventDraft(
        "organisation", actor.organisation_id, "organisation.corrected", now,
        actor_person_id=actor.person_id, actor_organisation_id=actor.organisation_id, payload={"fields": changed},
    )  # fmt: skip
    record(session, draft)


def code_of(claim: OrganisationClaim) -> str:
    code = credit_code(claim.credit_code)
    if code is None:
        raise AccountRefused("organisation.credit_code", N_("统一社会信用代码不正确，请核对。"), field="credit_code")
    return code


def checked_organisation(
    session: Session,
    claim: OrganisationClaim,
    own: Organisation | None = None,
    kinds: Collection[OrganisationKind] = FOUNDING_ROLES,
) -> OrganisationDraft:
    """What will be recorded, after all checks; holds a lock on the credit code.

    `own`: the row that is corrected. `kinds`: what may be recorded in this way.
    """
    if claim.kind not in kinds:
        raise AccountRefused("organisation.kind", N_("这类机构由平台运营登记，不能自行注册。"), field="kind")
    code = code_of(claim)
    lock_name(session, f"credit code {code}")
    own_id = own.id if own else None
    if session.scalar(select(Organisation.id).where(Organisation.credit_code == code)) not in (None, own_id):
        sentence = N_("这个机构已经在平台上，请联系它的管理员邀请您加入。")
        raise AccountRefused("organisation.already_here", sentence, field="credit_code")
    if own is None or normalise_name(own.name) != normalise_name(claim.organisation_name):
        _check_name(session, claim.organisation_name, own_id, is_sure=claim.is_sure_of_name)
    check_class(claim)
    return OrganisationDraft(
        code=own.code if own else code_for(code),
        kind=claim.kind,
        name=claim.organisation_name.strip(),
        credit_code=code,
        county_code=claim.county_code,
        size_class=claim.size_class,
        industry=claim.industry or None,
    )


def _check_name(session: Session, name: str, own_id: int | None, *, is_sure: bool) -> None:
    if has_deceptive_characters(name):
        sentence = N_("机构名称里有看不见的字符或冒充拉丁字母的字符，请按证照重新输入。")
        raise AccountRefused("organisation.name", sentence, field="organisation_name")
    wanted = normalise_name(name)
    others = select(Organisation.name).where(Organisation.id != (own_id or 0))
    names = [*session.scalars(others), *session.scalars(select(OrganisationName.name))]
    if any(normalise_name(held) == wanted for held in names):
        sentence = N_("这个名称的机构已经在平台上，请联系它的管理员邀请您加入。")
        raise AccountRefused("organisation.name_already_here", sentence, field="organisation_name")
    alike = next((held for held in sorted(names) if skeleton(held) == skeleton(name)), None)
    if alike is not None and not is_sure:
        sentence = N_(
            "这个名称与平台上的“%(name)s”极易混淆。若是同一机构，请联系它的管理员邀请您；若确是另一机构，请勾选下方确认后再提交，平台运营会核对。"
        )
        raise AccountRefused("organisation.name_alike", sentence, field="organisation_name", name=alike)


def check_class(claim: OrganisationClaim) -> None:
    if claim.industry and not is_industry(claim.industry):
        sentence = N_("行业代码按 GB/T 4754 填写，例如 C3443。")
        raise AccountRefused("organisation.industry", sentence, field="industry")
    if claim.kind is OrganisationKind.ENTERPRISE and claim.size_class is None:
        raise AccountRefused("organisation.size", N_("企业请选择规模。"), field="size_class")
