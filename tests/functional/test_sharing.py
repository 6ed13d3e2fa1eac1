"""What a messenger shows beside a shared address."""

from __future__ import annotations

import io
import re

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from market.listings.attachments.vocabulary import Level
from market.listings.models import Listing
from tests.factories.attachments import add_attachment, picture_bytes
from tests.factories.listings import make_published_listing
from tests.factories.world import actor_of, make_institution


def card(client: FlaskClient, listing: Listing) -> dict[str, str]:
    page = client.get(f"/listings/{listing.number}").get_data(as_text=True)
    return dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)"', page))


def path_of(address: str) -> str:
    return re.sub(r"^https?://[^/]+", "", address)


def test_without_a_picture_the_mark_of_the_platform_stands_in(client: FlaskClient, session: Session) -> None:
    listing = make_published_listing(session, make_institution(session))
    session.commit()
    found = card(client, listing)

    assert found["og:title"] == listing.title
    assert found["og:description"] == listing.summary
    assert found["twitter:card"] == "summary_large_image"
    with client.get(path_of(found["og:image"])) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/png")
        with Image.open(io.BytesIO(answer.data)) as picture:
            assert picture.size == (1200, 630)


def test_the_first_public_picture_is_shared_and_no_other(client: FlaskClient, session: Session) -> None:
    institution = make_institution(session)
    listing = make_published_listing(session, institution)
    officer = actor_of(institution.officer)
    inner = add_attachment(
        session, officer, listing.id, name="图纸.jpg", content=picture_bytes(), level=Level.SIGNED_IN
    )
    session.commit()
    assert card(client, listing)["og:image"].endswith("/static/share.png")

    public = add_attachment(session, officer, listing.id, name="样机.jpg", content=picture_bytes(), level=Level.PUBLIC)
    session.commit()
    address = card(client, listing)["og:image"]
    assert (f"/{public.id}/thumbnail" in address, f"/{inner.id}/" in address) == (True, False)
    assert re.match("https?://", address)
    with client.get(path_of(address)) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert "max-age=" in answer.headers["Cache-Control"]
