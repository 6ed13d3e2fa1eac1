"""A market of any size: some hundred listings are written through the models, the database multiplies them.

Every listing has its own texts, drawn from the term statistics of real patents: repeated titles would make ties of
thousands of hits that no market has.
"""

from __future__ import annotations

from itertools import cycle

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.words import Generator
from market.accounts.counties import COUNTIES
from market.accounts.rules import Role
from market.achievements.vocabulary import Industry, MaturityStage, TechnicalField
from market.listings.models import Listing
from market.listings.vocabulary import Pricing, TransferWay
from tests.factories import world
from tests.factories.public_listings import make_public_listing

INSTITUTIONS = 14
OF_EACH = 40
"""Listings of each institution that are written through the models."""
FIRST_COPY = 10_000_000
"""Copies have ids from here on: id of the copy = FIRST_COPY + id of the model × number of copies + which copy."""
OFFERED = (("assignment",), ("ordinary_licence", "try_first"), ("assignment", "open_licence"), ("joint_development",))
COUNTY_CODES = tuple(COUNTIES)
KINDS = ("invention", "invention", "utility_model", "software", "patent_application")
STATUSES = ("alive", "alive", "unknown", "pending")
PRICES_FEN = (None, 5_000_000, 30_000_000, 120_000_000, 900_000_000, 30_000_000, None)
FILLED = ("achievement", "ip_right", "listing", "listing_member", "offer")


def fill(session: Session, wanted: int) -> tuple[list[str], str]:
    """Write `wanted` published listings with their rights and offers; returns some numbers and an officer's address."""
    numbers, officers = [], []
    of_each = min(OF_EACH, -(-wanted // INSTITUTIONS))
    generator, fields, industries = Generator(), cycle(TechnicalField), cycle(Industry)
    stages, offered = cycle(MaturityStage), cycle(OFFERED)
    for place in range(INSTITUTIONS):
        institution = world.make_organisation(session)
        officers.append(world.make_person(session, institution, Role.TRANSFER_OFFICER).email)
        for index in range(of_each):
            texts = generator.texts()
            made = make_public_listing(
                session,
                texts.title,
                organisation=institution,
                patent_numbers=(f"20231{9_000_000 + place * of_each + index:07d}",),
                summary=texts.summary,
                abstract=texts.abstract,
                main_class=texts.main_class,
                technical_field=next(fields).value,
                industry=next(industries).value,
                maturity_stage=next(stages).value,
                ways=next(offered),
                county_code=COUNTY_CODES[place % len(COUNTY_CODES)],
            )
            _vary(made, place * of_each + index)
            numbers.append(made.number)
    session.flush()
    copies = (wanted - len(numbers)) // len(numbers)
    if copies > 0:
        _multiply(session, copies, generator)
    return numbers, officers[0]


def _vary(made: Listing, number: int) -> None:
    """Levels, kinds, legal statuses and prices that facets tell apart, drawn by the number of the listing."""
    achievement = made.achievement
    achievement.trl, achievement.kind = number % 9 + 1, KINDS[number % len(KINDS)]
    for right in achievement.rights:
        right.legal_status = STATUSES[number % len(STATUSES)]
    for offer in made.offers:
        if offer.transfer_way in {TransferWay.ASSIGNMENT, TransferWay.ORDINARY_LICENCE, TransferWay.OPEN_LICENCE}:
            price = PRICES_FEN[number % len(PRICES_FEN)]
            offer.pricing = (Pricing.NEGOTIABLE if price is None else Pricing.FIXED).value
            offer.price_fen, offer.price_basis = price, None if price is None else "agreement"
        elif offer.transfer_way == TransferWay.TRY_FIRST:
            offer.pricing = Pricing.FREE_TRIAL.value


def _multiply(session: Session, copies: int, generator: Generator) -> None:
    def copy_of(column: str) -> str:
        return f"{FIRST_COPY} + {column}::bigint * {copies + 1} + g"

    models = session.scalars(text("SELECT id FROM achievement ORDER BY id")).all()
    _draw(session, [FIRST_COPY + one * (copies + 1) + g for one in models for g in range(1, copies + 1)], generator)
    drawn = {"title": "x.title", "abstract": "x.abstract"}
    _copy(session, "achievement", copies, {"id": copy_of("t.id"), **drawn}, copy_of("t.id"))
    right = {"id": copy_of("t.id"), "achievement_id": copy_of("t.achievement_id"), **drawn}
    right |= {"number": f"'2024' || ({copy_of('t.id')})", "main_class": "x.main_class"}
    right |= {"filing_date": "DATE '2024-01-01' - g * 9", "expires_on": "DATE '2044-01-01' - g * 9"}
    _copy(session, "ip_right", copies, right, copy_of("t.achievement_id"))
    listing = {"id": copy_of("t.id"), "achievement_id": copy_of("t.achievement_id"), "title": "x.title"}
    listing |= {"summary": "x.summary", "number": f"'WZ' || ({copy_of('t.id')})"}
    listing["published_at"] = "t.published_at - g * INTERVAL '1 hour'"
    _copy(session, "listing", copies, listing, copy_of("t.achievement_id"))
    _copy(session, "offer", copies, {"id": copy_of("t.id"), "listing_id": copy_of("t.listing_id")})
    for table in FILLED:
        session.execute(text(f"ANALYZE {table}"))


def _draw(session: Session, ids: list[int], generator: Generator) -> None:
    """Texts for the copies, by the id of the achievement, in a table that ends with the transaction."""
    columns = "id bigint PRIMARY KEY, title text, summary text, abstract text, main_class text"
    session.execute(text(f"CREATE TEMPORARY TABLE drawn_text ({columns}) ON COMMIT DROP"))
    cursor = session.connection().connection.cursor()
    with cursor.copy("COPY drawn_text FROM STDIN") as copy:
        for one in ids:
            texts = generator.texts()
            copy.write_row((one, texts.title, texts.summary, texts.abstract, texts.main_class))


def _copy(session: Session, table: str, copies: int, changed: dict[str, str], drawn_for: str = "") -> None:
    columns = session.scalars(
        text("SELECT column_name FROM information_schema.columns WHERE table_name = :t AND is_generated = 'NEVER'"),
        {"t": table},
    ).all()
    values = ", ".join(changed.get(column, f"t.{column}") for column in columns)
    source = f"FROM {table} t CROSS JOIN generate_series(1, {copies}) g"
    if drawn_for:
        source += f" JOIN drawn_text x ON x.id = {drawn_for}"
    session.execute(text(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} {source}"))
