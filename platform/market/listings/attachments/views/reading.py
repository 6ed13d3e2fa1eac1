"""Downloads, thumbnails, and the promise of secrecy before secret papers."""

from __future__ import annotations

from typing import IO

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_login import current_user

from market.accounts.access import allowed, current_actor, optional_actor
from market.accounts.policy import Act
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.errors import NotFound
from market.listings.access import public_listing
from market.listings.attachments import nda, service
from market.listings.attachments.access import Opened, consent_of, console_attachment, public_attachment
from market.listings.attachments.errors import AttachmentLocked
from market.listings.attachments.forms import PromiseForm
from market.listings.attachments.handing import handed_out
from market.listings.attachments.rules import Gate
from market.listings.attachments.storing import spooled
from market.listings.attachments.views.blueprint import Answer, blueprint
from market.listings.attachments.vocabulary import Level

SANDBOX = "default-src 'none'; sandbox"
THUMBNAIL_SECONDS = 3600


@blueprint.get("/listings/<number>/attachments/<int:attachment_id>")
@allowed(Act.READ_PUBLIC)
def download(number: str, attachment_id: int) -> Answer:
    """The file, or the way to it: the sign-in page, the promise of secrecy."""
    is_signed_in = bool(current_user.is_authenticated)
    try:
        opened = public_attachment(number, attachment_id, optional_actor(), is_signed_in=is_signed_in)
    except AttachmentLocked as locked:
        if locked.gate is Gate.SIGN_IN:
            back = url_for("listings.detail", number=number)
            return redirect(url_for("accounts.sign_in", next=back))
        return redirect(url_for("attachments.promise", number=number))
    return _hand_out(opened)


@blueprint.get("/console/listings/<number>/attachments/<int:attachment_id>/file")
@allowed(Act.READ_LISTINGS)
def console_file(number: str, attachment_id: int) -> Answer:
    """The same for the institution and for who reviews, also before the publication."""
    return _hand_out(console_attachment(current_actor(), number, attachment_id))


def _hand_out(opened: Opened) -> Answer:
    actor, now = optional_actor(), current_time()
    file = handed_out(current_session(), opened, actor, now=now)
    name, media_type = opened.attachment.file_name, opened.attachment.media_type
    is_public = opened.attachment.level == Level.PUBLIC
    if opened.is_recorded and request.method != "HEAD":
        organisation_id = actor.organisation_id if actor else None
        with transaction() as session:
            service.record_reading(session, opened, current_user.person_id, organisation_id, now=now)
    return _file_answer(file, name, media_type, is_public=is_public)


def _file_answer(file: IO[bytes], name: str, media_type: str, *, is_public: bool) -> Response:
    """A download that no browser opens as a page of this site."""
    answer = send_file(file, mimetype=media_type, as_attachment=True, download_name=name, max_age=0)
    if request.method == "HEAD":
        file.close()  # nobody reads it to its end
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-cache" if is_public else "private, no-store"
    return answer


@blueprint.get("/listings/<number>/attachments/<int:attachment_id>/thumbnail")
@allowed(Act.READ_PUBLIC)
def thumbnail(number: str, attachment_id: int) -> Answer:
    """A public picture, small. NotFound for everything else."""
    opened = public_attachment(number, attachment_id, None, is_signed_in=False)
    return _thumbnail_answer(opened)


@blueprint.get("/console/listings/<number>/attachments/<int:attachment_id>/thumbnail")
@allowed(Act.READ_LISTINGS)
def console_thumbnail(number: str, attachment_id: int) -> Answer:
    return _thumbnail_answer(console_attachment(current_actor(), number, attachment_id))


def _thumbnail_answer(opened: Opened) -> Response:
    stored_file_id = opened.attachment.thumbnail_file_id
    if stored_file_id is None:
        raise NotFound
    file = spooled(current_session(), stored_file_id)
    answer = send_file(file, mimetype="image/jpeg", max_age=THUMBNAIL_SECONDS)
    if request.method == "HEAD":
        file.close()
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["Cache-Control"] = f"private, max-age={THUMBNAIL_SECONDS}"
    return answer


@blueprint.route("/listings/<number>/secrecy", methods=["GET", "POST"])
@allowed(Act.PROMISE_SECRECY)
def promise(number: str) -> Answer:
    """The text of the promise, and the button that gives it."""
    actor, form = current_actor(), PromiseForm()
    listing = public_listing(number)
    if form.validate_on_submit():
        listing_id = listing.id
        with transaction() as session:
            service.promise_secrecy(session, actor, listing_id, now=current_time())
        flash(_("承诺已记录，现在可以下载保密附件；每次下载都会记录。"), "success")
        return redirect(url_for("listings.detail", number=number) + "#attachments")
    parties = service.parties(current_session(), listing, actor)
    page = render_template(
        "attachments/promise.html",
        number=number,
        title=listing.title,
        form=form,
        paragraphs=nda.PARAGRAPHS,
        params=parties.params,
        version=nda.VERSION,
        digest=nda.digest(nda.text_for(parties)),
        consent=consent_of(listing.id, actor),
    )
    return page, 422 if request.method == "POST" else 200
