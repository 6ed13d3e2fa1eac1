"""Who there is and who may do what: kinds of organisation, roles, the acting person."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from market.kernel.errors import N_

ERASED_DOMAIN = "@erased.invalid"
"""Where the address of an erased person ends; nobody signs in with it (个人信息保护法 art. 47)."""


class OrganisationKind(StrEnum):
    """Kinds of organisation (issue of the first migration; glossary: 机构类型)."""

    INSTITUTION = "institution"
    ENTERPRISE = "enterprise"
    BUREAU = "bureau"
    COUNTY_BUREAU = "county_bureau"
    BROKER = "broker"
    FUND = "fund"
    INSURER = "insurer"
    AUDITOR = "auditor"
    OPERATOR = "operator"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


_KIND_LABELS = {
    OrganisationKind.INSTITUTION: N_("高校院所"),
    OrganisationKind.ENTERPRISE: N_("企业"),
    OrganisationKind.BUREAU: N_("市科技局"),
    OrganisationKind.COUNTY_BUREAU: N_("县（市、区）科技局"),
    OrganisationKind.BROKER: N_("技术转移机构"),
    OrganisationKind.FUND: N_("受托管理机构"),
    OrganisationKind.INSURER: N_("保险机构"),
    OrganisationKind.AUDITOR: N_("审计机构"),
    OrganisationKind.OPERATOR: N_("平台运营"),
}


class Role(StrEnum):
    """Roles in an organisation (rules.md section 12, and an insurer's)."""

    TRANSFER_OFFICER = "transfer_officer"
    INSTITUTION_HEAD = "institution_head"
    COMPLETER = "completer"
    ENTERPRISE_USER = "enterprise_user"
    BROKER = "broker"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    COUNTY_SUPERVISOR = "county_supervisor"
    FUND_MANAGER = "fund_manager"
    INSURER = "insurer"
    AUDITOR = "auditor"

    @property
    def label(self) -> str:
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    Role.TRANSFER_OFFICER: N_("成果转化经办"),
    Role.INSTITUTION_HEAD: N_("机构负责人"),
    Role.COMPLETER: N_("成果完成人"),
    Role.ENTERPRISE_USER: N_("企业用户"),
    Role.BROKER: N_("技术经纪人"),
    Role.OPERATOR: N_("平台运营"),
    Role.SUPERVISOR: N_("市科技局监管"),
    Role.COUNTY_SUPERVISOR: N_("县（市、区）科技局"),
    Role.FUND_MANAGER: N_("受托管理"),
    Role.INSURER: N_("保险经办"),
    Role.AUDITOR: N_("审计"),
}

ROLES_OF_KIND: dict[OrganisationKind, frozenset[Role]] = {
    OrganisationKind.INSTITUTION: frozenset({Role.TRANSFER_OFFICER, Role.INSTITUTION_HEAD, Role.COMPLETER}),
    OrganisationKind.ENTERPRISE: frozenset({Role.ENTERPRISE_USER}),
    OrganisationKind.BUREAU: frozenset({Role.SUPERVISOR}),
    OrganisationKind.COUNTY_BUREAU: frozenset({Role.COUNTY_SUPERVISOR}),
    OrganisationKind.BROKER: frozenset({Role.BROKER}),
    OrganisationKind.FUND: frozenset({Role.FUND_MANAGER}),
    OrganisationKind.INSURER: frozenset({Role.INSURER}),
    OrganisationKind.AUDITOR: frozenset({Role.AUDITOR}),
    OrganisationKind.OPERATOR: frozenset({Role.OPERATOR}),
}


FOUNDING_ROLES: dict[OrganisationKind, Role] = {
    OrganisationKind.INSTITUTION: Role.TRANSFER_OFFICER,
    OrganisationKind.ENTERPRISE: Role.ENTERPRISE_USER,
    OrganisationKind.BROKER: Role.BROKER,
    OrganisationKind.FUND: Role.FUND_MANAGER,
    OrganisationKind.INSURER: Role.INSURER,
}
"""Kinds that sign up by themselves, with the role of whoever does it. The state's side and auditors are recorded by the
operator."""


class SizeClass(StrEnum):
    """Size of an enterprise (工信部联企业〔2011〕300号)."""

    LARGE = "large"
    MEDIUM = "medium"
    SMALL = "small"
    MICRO = "micro"

    @property
    def label(self) -> str:
        return {"large": N_("大型"), "medium": N_("中型"), "small": N_("小型"), "micro": N_("微型")}[self.value]


class ReviewState(StrEnum):
    """Where the verification of an organisation stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        return {"waiting": N_("待核验"), "approved": N_("已核验"), "rejected": N_("未通过")}[self.value]


class LinkPurpose(StrEnum):
    """What a link in a mail is for."""

    SIGN_UP = "sign_up"
    RESET_PASSWORD = "reset_password"  # noqa: S105


class PeerGroup(StrEnum):
    """Peer groups of the evaluation (rules.md 7.2)."""

    UNIVERSITY = "G1"
    VOCATIONAL = "G2"
    INSTITUTE = "G3"

    @property
    def label(self) -> str:
        return {"G1": N_("本科高校"), "G2": N_("高职与技师院校"), "G3": N_("科研院所与新型研发机构")}[self.value]


@dataclass(frozen=True)
class Actor:
    """The person who acts, for which organisation, in which roles. Services take it, never the session user."""

    person_id: int
    person_name: str
    organisation_id: int
    organisation_code: str
    organisation_name: str
    organisation_kind: OrganisationKind
    county_code: str | None
    is_verified: bool
    roles: frozenset[Role]
    membership_id: int
    is_administrator: bool = False

    def has(self, *roles: Role) -> bool:
        """Whether one of the roles is held."""
        return bool(self.roles & set(roles))


def normalise_name(name: str) -> str:
    """An organisation's name for comparison: half-width, no white space, brackets of one kind, lower case."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if not character.isspace())


def split_names(cell: str) -> list[str]:
    """The names in an office file's cell, separated by ; ； 、 | or a comma."""
    text = unicodedata.normalize("NFKC", cell)
    for separator in ";、|,":
        text = text.replace(separator, "\n")
    return [part.strip() for part in text.split("\n") if part.strip()]


def names_include(applicants: str, own_names: Iterable[str]) -> bool:
    """Whether one of the applicants in a cell is one of the names."""
    present = {normalise_name(part) for part in split_names(applicants)}
    return bool(present & {normalise_name(name) for name in own_names})
