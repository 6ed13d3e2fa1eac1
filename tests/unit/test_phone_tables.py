"""On a phone each cell says to which column it belongs."""

from __future__ import annotations

from markupsafe import Markup

from market.web.phone_tables import with_labels

HEAD = '<thead><tr><th scope="col">编号</th><th scope="col" class="number"><a href="?a=1&amp;b=2">价格</a></th></tr></thead>'


def test_a_cell_carries_its_column_s_heading() -> None:
    body = '<tbody><tr><td class="keep">7</td><td>9</td></tr><tr><td>8</td></tr></tbody>'
    assert with_labels(HEAD + body) == HEAD + (
        '<tbody><tr><td class="keep" data-label="编号">7</td><td data-label="价格">9</td></tr>'
        '<tr><td data-label="编号">8</td></tr></tbody>'
    )


def test_heads_of_rows_buttons_and_cells_with_a_label_keep_what_they_say() -> None:
    body = '<tbody><tr><th scope="row">甲</th><td data-label="起价">9</td></tr><tr><td>8</td><td class="cell-actions">…</td></tr></tbody>'
    expected = body.replace("<td>8", '<td data-label="编号">8')
    assert with_labels(HEAD + body) == HEAD + expected


def test_more_cells_than_headings_stay_without_label() -> None:
    assert with_labels("<tbody><tr><td>1</td></tr></tbody>") == "<tbody><tr><td>1</td></tr></tbody>"


def test_a_heading_never_breaks_out_of_the_attribute() -> None:
    head = '<thead><tr><th scope="col">&#34;&gt;<b>x</b></th></tr></thead>'
    labelled = with_labels(Markup(head) + Markup("<tbody><tr><td>1</td></tr></tbody>"))
    assert 'data-label="&#34;&gt;x"' in labelled
