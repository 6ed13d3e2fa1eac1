"""Cells, columns and rows of office files, and files that are none."""

from __future__ import annotations

import io
import zipfile
from contextlib import closing
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.achievements.errors import ColumnsRefused, FileRefused
from market.achievements.importing.cells import date_of, paragraph_of, text_of
from market.achievements.importing.columns import checked_columns, recognise
from market.achievements.importing.files import MAXIMUM_UNPACKED_BYTES, OfficeFile, require_readable
from market.achievements.importing.headings import Column
from market.achievements.importing.rows import FileRow, RefusedRow, RowDraft, read_row
from market.achievements.importing.workbook import (
    MAXIMUM_ROWS,
    RowSpool,
    read_heads,
    read_rows,
)
from tests.factories.office_files import HEADINGS, office_rows, workbook_bytes

TODAY = date(2026, 11, 22)
COLUMNS = {Column.TITLE: 0, Column.NUMBER: 1, Column.APPLICANTS: 2, Column.FILING_DATE: 3, Column.MAIN_CLASS: 4}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("  a\u00a0b\r\n c ", "a b c"),
        ('="201710601862.3"', "201710601862.3"),
        (202310000001.0, "202310000001"),
        ("x_x000D_\ny", "x y"),
        ("a\x00b\u200b", "ab"),
        (datetime(2014, 12, 15, 8, 0), "2014-12-15"),
        (True, ""),
    ],
)
def test_cells_are_cleaned(value: object, text: str) -> None:
    assert text_of(value) == text  # type: ignore[arg-type]


def test_paragraphs_keep_their_line_breaks() -> None:
    assert paragraph_of("一\r\n二") == "一\n二"


@pytest.mark.parametrize(
    "value",
    ["2014-12-15", "2014.12.15", "2014/12/15", "20141215", "2014年12月15日", "２０１４-12-15", 41988, "41988", 41988.0,
     datetime(2014, 12, 15), date(2014, 12, 15), "2014-12-15 00:00:00", "2014-12-15T00:00:00.000"],
)  # fmt: skip
def test_dates_of_every_usual_writing(value: object) -> None:
    assert date_of(value) == date(2014, 12, 15)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["2014-13-01", "12.2014", "昨天", "5", "2014", "99999999"])
def test_what_is_no_date_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        date_of(value)


@given(st.text(max_size=30))
def test_any_text_is_a_date_blank_or_refused(text: str) -> None:
    try:
        date_of(text)
    except ValueError:
        return


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (HEADINGS, {"title": 0, "number": 1, "applicants": 2, "filing_date": 3, "main_class": 4, "abstract": 5}),
        (
            ("申请号", "公开（公告）号", "申请日", "专利号", "名称", "主分类号", "分类号", "申请（专利权）人", "发明（设计）人", "摘要"),
            {"number": 0, "publication_number": 1, "filing_date": 2, "title": 4, "main_class": 5, "applicants": 7,
             "inventors": 8, "abstract": 9},
        ),
        (("公开(公告)号", "标题", "[标]当前申请(专利权)人", "申请号"), {"publication_number": 0, "title": 1, "applicants": 2, "number": 3}),
        (("Publication Number", "Title", "Application Number", "Applicants", "Inventors"),
         {"publication_number": 0, "title": 1, "number": 2, "applicants": 3, "inventors": 4}),
        (("序号", "*专利 号", "发明名称 ", "专利权人"), {"number": 1, "title": 2, "applicants": 3}),
    ],
)  # fmt: skip
def test_columns_are_recognised_by_their_synonyms(headings: tuple[str, ...], expected: dict[str, int]) -> None:
    found = recognise([headings])
    assert {column.value: index for column, index in found.columns.items()} == expected


def test_headings_are_found_below_a_title_row() -> None:
    found = recognise([("某大学专利一览表",), (), ("序号", "申请号", "名称", "申请人")])
    assert (found.header_row, found.columns[Column.NUMBER]) == (3, 1)


def test_without_a_number_column_the_sentence_names_what_was_found_and_what_is_known() -> None:
    with pytest.raises(FileRefused) as refusal:
        recognise([("姓名", "学院", "电话")])
    assert refusal.value.code == "file.no_number_column"
    assert "姓名、学院、电话" in refusal.value.sentence
    assert "申请号、专利申请号、专利号" in refusal.value.sentence


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({Column.NUMBER: 0, Column.TITLE: 1}, "columns.missing"),
        ({Column.NUMBER: 0, Column.TITLE: 1, Column.APPLICANTS: 1}, "columns.twice"),
        ({Column.NUMBER: 0, Column.TITLE: 1, Column.APPLICANTS: 9}, "columns.outside"),
    ],
)
def test_an_incomplete_choice_of_columns_is_refused(columns: dict[Column, int], code: str) -> None:
    with pytest.raises(ColumnsRefused) as refusal:
        checked_columns(columns, 5)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (("名称", "", "某大学", "2012-01-01", ""), "number.missing"),
        (("名称", "201710601862.4", "某大学", "2017-07-21", ""), "number.check_digit"),
        (("", "201710601862.3", "某大学", "2017-07-21", ""), "row.title_missing"),
        (("名" * 501, "201710601862.3", "某大学", "2017-07-21", ""), "row.title_too_long"),
        (("名称", "201710601862.3", " ", "2017-07-21", ""), "row.applicant_missing"),
        (("名称", "201710601862.3", "某大学", "去年", ""), "row.bad_date"),
        (("名称", "201710601862.3", "某大学", "2027-01-01", ""), "row.impossible_date"),
        (("名称", "201710601862.3", "某大学", "2020-01-01", ""), "row.date_after_number"),
    ],
)
def test_a_row_that_cannot_be_kept_says_why(values: tuple[str, ...], code: str) -> None:
    read = read_row(FileRow(7, values), COLUMNS, TODAY)
    assert isinstance(read, RefusedRow)
    assert (read.row_number, read.refusal.code) == (7, code)


def test_a_divisional_application_passes_though_numbered_years_after_its_filing() -> None:
    read = read_row(FileRow(2, ("名称", "201710601862.3", "某大学", "2013-05-01", "H02K17/02")), COLUMNS, TODAY)
    assert isinstance(read, RowDraft)
    assert (read.content.filing_date, read.content.main_class) == (date(2013, 5, 1), "H02K 17/02")


def _archive(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def _understated(content: bytes, size: int) -> bytes:
    """The same archive whose directory claims tiny sizes."""
    return content.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))


BOMB_BYTES = MAXIMUM_UNPACKED_BYTES + 1024 * 1024


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return _archive({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": bytes(BOMB_BYTES)})


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("空.xlsx", b"", "file.zero_bytes"),
        ("改名.xlsx", "这只是一段文字\n".encode(), "file.not_a_workbook"),
        ("网页.xls", b"<html><table></table></html>", "file.web_page"),
        ("文档.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "file.not_a_workbook"),
        ("文档.xlsx", _archive({"word/document.xml": b"<w/>"}), "file.not_a_workbook"),
        ("断.xlsx", workbook_bytes(HEADINGS, office_rows(5))[:900], "file.not_a_workbook"),
        ("二进制.csv", bytes(range(256)) * 4, "file.not_text"),
    ],
)
def test_a_file_that_is_no_table_is_refused(name: str, content: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        require_readable(OfficeFile(name, content))
    assert refusal.value.code == code
    assert refusal.value.field == "file"


def test_an_archive_that_unpacks_without_end_is_refused(bomb: bytes) -> None:
    assert len(bomb) < 1_000_000
    with pytest.raises(FileRefused) as refusal:
        require_readable(OfficeFile("炸弹.xlsx", bomb))
    assert refusal.value.code == "file.unpacks_too_large"


def test_an_archive_that_lies_about_its_size_is_refused_too(bomb: bytes) -> None:
    with pytest.raises(FileRefused) as refusal:
        require_readable(OfficeFile("炸弹.xlsx", _understated(bomb, BOMB_BYTES)))
    assert refusal.value.code == "file.unpacks_too_large"


def test_a_broken_sheet_is_refused_before_anything_is_kept() -> None:
    whole = workbook_bytes(HEADINGS, office_rows(50))
    source = zipfile.ZipFile(io.BytesIO(whole))
    members = {name: source.read(name) for name in source.namelist()}
    members["xl/worksheets/sheet1.xml"] = members["xl/worksheets/sheet1.xml"][:2000]
    with pytest.raises(FileRefused) as refusal:
        RowSpool(OfficeFile("坏.xlsx", _archive(members)), 1)
    assert refusal.value.code == "file.broken"


def test_a_sheet_that_claims_the_last_cell_of_all_costs_nothing() -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>申请号</t></is></c></row>'
        '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>'
    )
    source = zipfile.ZipFile(io.BytesIO(workbook_bytes(("a",), ())))
    members = {name: source.read(name) for name in source.namelist()}
    members["xl/worksheets/sheet1.xml"] = sheet.encode()
    rows = list(read_rows(OfficeFile("稀疏.xlsx", _archive(members))))
    assert [row.row_number for row in rows] == [1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_tables_of_both_encodings_are_read(encoding: str, delimiter: str) -> None:
    content = f"申请号{delimiter}名称{delimiter}申请人\r\n201710601862.3{delimiter}泵{delimiter}某大学\r\n".encode(
        encoding
    )
    rows = list(read_rows(OfficeFile("表.csv", content)))
    assert [row.values for row in rows] == [("申请号", "名称", "申请人"), ("201710601862.3", "泵", "某大学")]


def test_blank_rows_are_skipped_and_row_numbers_are_those_of_the_office_program() -> None:
    content = workbook_bytes(
        ("申请号", "名称", "申请人"), [("1", "a", "b"), (), (" ", None, ""), ("2", "c", "d"), *[()] * 3000]
    )
    file = OfficeFile("表.xlsx", content)
    assert [row.row_number for row in read_rows(file)] == [1, 2, 5]
    with closing(RowSpool(file, 1)) as spool:
        assert spool.count == 2
        assert [row.row_number for row in spool.rows()] == [2, 5]
        assert [row.values[0] for row in spool.rows(1)] == ["2"]


def test_the_head_has_the_sheet_and_its_first_rows() -> None:
    (head,) = read_heads(OfficeFile("表.xlsx", workbook_bytes(HEADINGS, office_rows(100))))
    assert (head.sheet_name, len(head.rows)) == ("Sheet1", 23)


def test_more_rows_than_the_limit_are_refused_before_any_is_kept() -> None:
    lines = "申请号,名称,申请人\n" + "201710601862.3,泵,某大学\n" * (MAXIMUM_ROWS + 1)
    with pytest.raises(FileRefused) as refusal:
        RowSpool(OfficeFile("表.csv", lines.encode()), 1)
    assert refusal.value.code == "file.too_many_rows"
    assert "超过 100,000 行" in refusal.value.sentence


def test_shared_texts_in_runs_are_joined_and_phonetic_guides_left_out() -> None:
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>申请号</t></si>'
        '<si><r><t>水</t></r><r><rPr><b/></rPr><t>泵</t></r><rPh sb="0" eb="1"><t>shui</t></rPh></si></sst>'
    )
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row></sheetData></worksheet>'
    )
    part = (
        b'<Override PartName="/xl/sharedStrings.xml" '
        b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    )
    source = zipfile.ZipFile(io.BytesIO(workbook_bytes(("a",), ())))
    members = {name: source.read(name) for name in source.namelist()}
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(b"</Types>", part)
    members |= {"xl/sharedStrings.xml": strings.encode(), "xl/worksheets/sheet1.xml": sheet.encode()}
    rows = list(read_rows(OfficeFile("表.xlsx", _archive(members))))
    assert [row.values for row in rows] == [("申请号", "水泵")]
