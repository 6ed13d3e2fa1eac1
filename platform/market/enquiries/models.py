"""Tables of questions, enquiries and watched listings. What people write stays here; events hold digests of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.enquiries.vocabulary import EnquiryState, QuestionState
from market.kernel.orm import Base, identity, one_of


class ListingQuestion(Base):
    """公开提问: asked by an enterprise, shown to everybody once the institution has answered.

    `due_on`: the last day for the answer, under the parameter in force when it was asked.
    """

    __tablename__ = "listing_question"
    __table_args__ = (
        one_of("state", QuestionState),
        UniqueConstraint("listing_id", "asker_organisation_id", "text_digest"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answer_whole"),
        CheckConstraint("state <> 'answered' OR answer IS NOT NULL", name="answered_with_answer"),
        CheckConstraint("state <> 'hidden' OR hidden_reason IS NOT NULL", name="hidden_with_reason"),
        Index("ix_listing_question_seller_organisation_id_state", "seller_organisation_id", "state"),
        Index("ix_listing_question_asker_organisation_id_asked_at", "asker_organisation_id", "asked_at"),
    )

    id: Mapped[identity]
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    seller_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    asker_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    text_digest: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_on: Mapped[date] = mapped_column(Date)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    hidden_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    hidden_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    hidden_reason: Mapped[str | None] = mapped_column(Text)


class Enquiry(Base):
    """咨询: what an enterprise and an institution write to each other about a listing; one open at a time.

    `first_due_on` and `first_answered_at` tell whether the first answer came in time; `waiting_since` and `due_on` are
    the clock that runs now, both NULL when nobody waits. Contacts are shown to the other side once both moments stand:
    the enterprise offers hers, the institution accepts the exchange.
    """

    __tablename__ = "enquiry"
    __table_args__ = (
        one_of("state", EnquiryState),
        CheckConstraint("(state = 'waiting') = (waiting_since IS NOT NULL)", name="waiting_since_when_waiting"),
        CheckConstraint("(waiting_since IS NULL) = (due_on IS NULL)", name="clock_whole"),
        CheckConstraint("contact_accepted_at IS NULL OR contact_offered_at IS NOT NULL", name="exchange_offered"),
        CheckConstraint(
            "(contact_accepted_at IS NULL) = (contact_accepted_by_id IS NULL)", name="exchange_accepted_by_somebody"
        ),
        Index(
            "uq_enquiry_open",
            "listing_id",
            "enquirer_organisation_id",
            unique=True,
            postgresql_where=text("state <> 'closed'"),
        ),
        Index("ix_enquiry_seller_organisation_id_state", "seller_organisation_id", "state"),
        Index("ix_enquiry_enquirer_organisation_id_id", "enquirer_organisation_id", "id"),
    )

    id: Mapped[identity]
    number: Mapped[str] = mapped_column(String(20), unique=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    seller_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    enquirer_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(12))
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    first_due_on: Mapped[date] = mapped_column(Date)
    first_answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    waiting_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    due_on: Mapped[date | None] = mapped_column(Date)
    contact_offered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    contact_offered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    contact_accepted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    contact_accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class EnquiryMessage(Base):
    """One message of an enquiry, by one of its two sides."""

    __tablename__ = "enquiry_message"
    __table_args__ = (
        Index("ix_enquiry_message_enquiry_id_id", "enquiry_id", "id"),
        Index("ix_enquiry_message_organisation_id_written_at", "organisation_id", "written_at"),
    )

    id: Mapped[identity]
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    written_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    text_digest: Mapped[str] = mapped_column(String(64))
    written_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Watch(Base):
    """关注: an enterprise hears what becomes of a listing. `title` is what the listing was called then."""

    __tablename__ = "watch"
    __table_args__ = (Index("ix_watch_listing_id", "listing_id"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    watched_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    title: Mapped[str] = mapped_column(String(200))
    watched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
