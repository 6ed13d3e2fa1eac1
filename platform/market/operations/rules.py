"""When a change of a parameter may be proposed and decided."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from market.accounts.policy import Act, require_other_person
from market.kernel.errors import N_, Refusal
from market.operations.parameter_kinds import ParameterKind
from market.operations.vocabulary import ProposalState


class ProposalRefused(Refusal):
    """The change cannot be proposed or decided like this."""

    status = 422


def checked_value(kind: ParameterKind, text: str) -> str:
    """The value as it is stored. Raises ProposalRefused for nonsense and for what the law does not allow."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or len(text.strip()) > 12 or "e" in text.lower():  # noqa: PLR2004 - digits of a value
        raise ProposalRefused("parameter.not_a_number", N_("请填写数字，例如 15 或 0.70。"), field="value")
    if kind.is_whole and value != value.to_integral_value():
        raise ProposalRefused("parameter.not_whole", N_("这个参数只能是整数。"), field="value")
    if not kind.low <= value <= kind.high:
        raise ProposalRefused(
            "parameter.out_of_bounds",
            N_("这个参数只能在 %(low)s 与 %(high)s 之间。"),
            field="value",
            low=str(kind.low),
            high=str(kind.high),
        )
    return str(int(value)) if kind.is_whole else f"{value:f}"


def check_valid_from(valid_from: date, today: date) -> None:
    """A new value begins tomorrow at the earliest: nothing that was done today changes its rule."""
    if valid_from <= today:
        raise ProposalRefused("parameter.too_early", N_("生效日期最早是明天。"), field="valid_from")


def check_changes(value: str, value_then: str) -> None:
    """A proposal that changes nothing is refused."""
    if Decimal(value) == Decimal(value_then):
        raise ProposalRefused("parameter.same_value", N_("新的数值与届时生效的数值相同。"), field="value")


def check_decision(state: ProposalState, *, proposed_by: int, decides: int) -> None:
    """Raise unless the proposal is open and somebody else decides."""
    if state is not ProposalState.PROPOSED:
        raise ProposalRefused("parameter.already_decided", N_("这项变更已经处理过了。"))
    require_other_person(decides, Act.DECIDE_PARAMETER, [proposed_by])


def check_rejection_reason(reason: str) -> None:
    """Who says no says why."""
    if not reason.strip():
        raise ProposalRefused("parameter.no_reason", N_("不批准时请写明理由。"))
