"""Indicators and points (rules.md 7.2): pure, exact, each number with the numbers that it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from market.accounts.rules import PeerGroup
from market.evaluation.vocabulary import BoundsBasis, FactKind, Norm, UnmeasuredReason

LOWER_PERCENTILE = Decimal("0.1")
UPPER_PERCENTILE = Decimal("0.9")
FULL_SCORE = Decimal(100)
_POINTS = Decimal("0.01")
_SHOWN = Decimal("0.0001")


@dataclass(frozen=True)
class Bounds:
    """Between `lower` (0 points) and `upper` (full points) of a value, in the indicator's unit."""

    lower: Decimal
    upper: Decimal


@dataclass(frozen=True)
class Indicator:
    """One line of the scheme. `weight` in points; `source` = the facts counted, None while there is no source."""

    code: str
    name: str
    definition: str
    unit: str
    norm: Norm
    weight: Decimal
    is_flow: bool
    source: FactKind | None
    fixed_bounds: Mapping[PeerGroup, Bounds]


@dataclass(frozen=True)
class EvaluationScheme:
    """A published version of the rules of one year. `year_weights`: this year, the year before, two years before."""

    year: int
    version: int
    indicators: tuple[Indicator, ...]
    year_weights: tuple[Decimal, ...]
    minimum_group_size: int
    per_fte: Decimal

    @property
    def total_weight(self) -> Decimal:
        return sum((indicator.weight for indicator in self.indicators), Decimal(0))


@dataclass(frozen=True)
class Counted:
    """An institution with its yearly counts of one kind of fact. `rd_fte` in full-time equivalents."""

    institution_id: int
    peer_group: PeerGroup | None
    rd_fte: Decimal | None
    by_year: Mapping[int, int]


@dataclass(frozen=True)
class YearPart:
    """What one year gives to a value: count ÷ FTE × 100 = rate, times the weight of the year."""

    year: int
    count: int
    weight: Decimal
    rate: Decimal


@dataclass(frozen=True)
class Value:
    """The value of an indicator for one institution with its parts, in the indicator's unit."""

    amount: Decimal
    rd_fte: Decimal
    per_fte: Decimal
    parts: tuple[YearPart, ...]

    @property
    def formula(self) -> str:
        """The value written out with its numbers; no words, so it reads in every language."""
        per = f"÷ {plain(self.rd_fte)} × {plain(self.per_fte)}"
        terms = [f"{part.weight} × ({part.count} {per})" for part in self.parts]
        return f"{' + '.join(terms)} = {shown(self.amount)}"


@dataclass(frozen=True)
class Trace:
    """The whole way from the facts to the points of one indicator; without value: why it is not measured."""

    indicator: Indicator
    year: int
    unmeasured: UnmeasuredReason | None = None
    value: Value | None = None
    bounds: Bounds | None = None
    basis: BoundsBasis | None = None
    group_size: int = 0
    normalised: Decimal | None = None
    points: Decimal | None = None

    @property
    def normalisation_formula(self) -> str:
        """s = 100 × clip((x − L) ÷ (U − L), 0, 1) with its numbers."""
        assert self.value is not None
        assert self.bounds is not None
        assert self.normalised is not None
        amount, lower, upper = (shown(number) for number in (self.value.amount, self.bounds.lower, self.bounds.upper))
        return f"100 × clip(({amount} − {lower}) ÷ ({upper} − {lower}), 0, 1) = {shown(self.normalised)}"

    @property
    def points_formula(self) -> str:
        """w × s ÷ 100 with its numbers."""
        assert self.normalised is not None
        return f"{plain(self.indicator.weight)} × {shown(self.normalised)} ÷ 100 = {self.points}"


@dataclass(frozen=True)
class Evaluation:
    """All indicators of one institution in one year."""

    institution_id: int
    year: int
    traces: tuple[Trace, ...]

    @property
    def points(self) -> Decimal:
        """The sum over what is measured."""
        return sum((trace.points for trace in self.traces if trace.points is not None), Decimal(0))

    @property
    def measured_weight(self) -> Decimal:
        """How many of the scheme's points are measured at all."""
        return sum((trace.indicator.weight for trace in self.traces if trace.points is not None), Decimal(0))

    @property
    def is_gradable(self) -> bool:
        """A grade is given only when every indicator is measured; missing is not zero."""
        return all(trace.points is not None for trace in self.traces)


def shown(number: Decimal) -> str:
    """At most four decimals, half up, without trailing zeros."""
    return plain(number.quantize(_SHOWN, ROUND_HALF_UP))


def plain(number: Decimal) -> str:
    """The number without exponent and without trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def value_of(counted: Counted, scheme: EvaluationScheme, indicator: Indicator, year: int) -> Value | None:
    """0.5·y + 0.3·(y−1) + 0.2·(y−2) of the yearly rates; a flow takes its year alone; None without FTE."""
    if counted.rd_fte is None:
        return None
    assert counted.rd_fte > 0
    weights = (Decimal(1),) if indicator.is_flow else scheme.year_weights
    parts = tuple(
        _part(counted.by_year.get(year - back, 0), year - back, weight, counted.rd_fte, scheme.per_fte)
        for back, weight in enumerate(weights)
    )
    amount = sum((part.weight * part.rate for part in parts), Decimal(0))
    return Value(amount, counted.rd_fte, scheme.per_fte, parts)


def _part(count: int, year: int, weight: Decimal, rd_fte: Decimal, per_fte: Decimal) -> YearPart:
    return YearPart(year, count, weight, count * per_fte / rd_fte)


def percentile(values: Iterable[Decimal], share: Decimal) -> Decimal:
    """Linear interpolation between the ordered values; `share` from 0 to 1. There must be at least one value."""
    ordered = sorted(values)
    assert ordered
    position = (len(ordered) - 1) * share
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def normalise(amount: Decimal, bounds: Bounds) -> Decimal:
    """s = 100 × clip((x − L) ÷ (U − L), 0, 1)."""
    assert bounds.lower < bounds.upper
    ratio = (amount - bounds.lower) / (bounds.upper - bounds.lower)
    return FULL_SCORE * min(max(ratio, Decimal(0)), Decimal(1))


def bounds_for(
    members: Sequence[Counted], scheme: EvaluationScheme, indicator: Indicator, group: PeerGroup, year: int
) -> tuple[Bounds, BoundsBasis, int]:
    """P10 and P90 of the group's values over the last three years; fixed bounds for fewer than five members.

    Only members with a value count. Values without any spread leave nothing to measure by: fixed bounds too.
    """
    years = range(year - len(scheme.year_weights) + 1, year + 1)
    measured = [member for member in members if member.peer_group is group and member.rd_fte is not None]
    if len(measured) < scheme.minimum_group_size:
        return indicator.fixed_bounds[group], BoundsBasis.FIXED_SMALL_GROUP, len(measured)
    amounts = [
        value.amount
        for member in measured
        for past in years
        if (value := value_of(member, scheme, indicator, past)) is not None
    ]
    bounds = Bounds(percentile(amounts, LOWER_PERCENTILE), percentile(amounts, UPPER_PERCENTILE))
    if bounds.lower == bounds.upper:
        return indicator.fixed_bounds[group], BoundsBasis.FIXED_NO_SPREAD, len(measured)
    return bounds, BoundsBasis.PERCENTILES, len(measured)


def trace(
    counted: Counted, members: Sequence[Counted], scheme: EvaluationScheme, indicator: Indicator, year: int
) -> Trace:
    """The points of one indicator: score = w × s ÷ 100, rounded half up to 0.01."""
    if indicator.source is None:
        return Trace(indicator, year, UnmeasuredReason.NO_SOURCE)
    if counted.peer_group is None:
        return Trace(indicator, year, UnmeasuredReason.NO_PEER_GROUP)
    value = value_of(counted, scheme, indicator, year)
    if value is None:
        return Trace(indicator, year, UnmeasuredReason.NO_RD_FTE)
    bounds, basis, size = bounds_for(members, scheme, indicator, counted.peer_group, year)
    normalised = normalise(value.amount, bounds)
    points = (indicator.weight * normalised / FULL_SCORE).quantize(_POINTS, ROUND_HALF_UP)
    return Trace(indicator, year, None, value, bounds, basis, size, normalised, points)


def evaluate(
    counted: Counted,
    members: Mapping[FactKind, Sequence[Counted]],
    scheme: EvaluationScheme,
    year: int,
) -> Evaluation:
    """Every indicator of the scheme for one institution; `members` = all institutions counted, by kind of fact."""
    traces = []
    for indicator in scheme.indicators:
        peers = members.get(indicator.source, ()) if indicator.source else ()
        own = next((peer for peer in peers if peer.institution_id == counted.institution_id), counted)
        traces.append(trace(own, peers, scheme, indicator, year))
    return Evaluation(counted.institution_id, year, tuple(traces))


def years_needed(scheme: EvaluationScheme, year: int) -> tuple[int, int]:
    """First and last year of the facts that points of `year` stand on: three past values over three years each."""
    span = 2 * (len(scheme.year_weights) - 1)
    return year - span, year
