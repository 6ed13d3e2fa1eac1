"""Attachments of the demonstration: a summary for everybody, figures after sign-in, trial data after the promise."""

from __future__ import annotations

import io
from datetime import datetime

from PIL import Image, ImageDraw
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation, Person
from market.accounts.queries import actor_for
from market.listings.attachments.checking import check_file
from market.listings.attachments.service import AttachmentDraft, add_attachment
from market.listings.attachments.vocabulary import Level
from market.listings.models import Listing
from market.listings.vocabulary import ListingState

INSTITUTION, OFFICER = "WZU", "officer@wzu.demo"
LISTINGS = 3
_FONT = "STSong-Light"
_LINE = 38
_PAPER, _INK, _TEAL, _SOFT = "#f7f6f2", "#22302f", "#0f766e", "#b9c7c3"


def add_papers(session: Session, now: datetime) -> None:
    """Give the institution's first published listings papers and a picture, through the service."""
    person_id = session.scalar(select(Person.id).where(Person.email == OFFICER))
    officer = actor_for(person_id, None) if person_id else None
    if officer is None:
        return
    of_institution = select(Organisation.id).where(Organisation.code == INSTITUTION).scalar_subquery()
    published = (Listing.organisation_id == of_institution, Listing.state == ListingState.PUBLISHED.value)
    statement = select(Listing).where(*published).order_by(Listing.number).limit(LISTINGS)
    for number, listing in enumerate(session.scalars(statement).all()):
        told = (listing.title, listing.summary, listing.problem, listing.advantage)
        trial = (f"{listing.title}：试验记录", "本文件为演示内容，不含真实试验数据。", listing.advantage)
        files = (
            ("示意图", "示意图.png", _figure(number), Level.PUBLIC),
            ("技术说明", "技术说明.pdf", _paper(told), Level.PUBLIC),
            ("应用场景说明", "应用场景说明.pdf", _paper(told[:3]), Level.SIGNED_IN),
            ("试验记录", "试验记录.pdf", _paper(trial), Level.AFTER_NDA),
        )
        for title, name, content, level in files:
            draft = AttachmentDraft(check_file(name, content), title, level)
            add_attachment(session, officer, listing.id, draft, has_scanner=False, now=now)


def _paper(paragraphs: tuple[str, ...]) -> bytes:
    """A page of text, the first paragraph as its title; the same text gives the same bytes."""
    if _FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    text = canvas.beginText(64, 770)
    for number, paragraph in enumerate(paragraphs):
        text.setFont(_FONT, 12 if number else 16)
        text.setLeading(20)
        for start in range(0, len(paragraph), _LINE if number else _LINE * 3 // 4):
            text.textLine(paragraph[start : start + (_LINE if number else _LINE * 3 // 4)])
        text.textLine("")
    canvas.drawText(text)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _figure(seed: int) -> bytes:
    """Wear over time of the usual solution and of this one, as curves."""
    image = Image.new("RGB", (960, 720), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.line([(90, 60), (90, 630), (900, 630)], fill=_INK, width=4)
    for height in range(150, 630, 120):
        draw.line([(90, height), (900, height)], fill=_SOFT, width=1)
    for slope, colour in ((0.9 - seed * 0.1, _SOFT), (0.25 + seed * 0.08, _TEAL)):
        points = [(90 + step * 8, 630 - int(slope * step**1.35)) for step in range(100)]
        draw.line(points, fill=colour, width=8, joint="curve")
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()
