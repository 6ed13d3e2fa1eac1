"""Files of every kind that an office has, and files that were made to hurt."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.achievements.errors import FileRefused
from market.achievements.importing import service
from market.achievements.importing.cells import UNCOMPUTED, date_of, people_of
from market.achievements.importing.columns import recognise, recognise_at
from market.achievements.importing.files import FileKind, OfficeFile, require_readable
from market.achievements.importing.headings import HEADINGS, Column
from market.achievements.importing.rows import FileRow, RefusedRow, RowDraft, read_row
from market.achievements.importing.workbook import RowSpool, read_heads, read_rows, sheet_names
from tests.factories.office_files import HEADINGS as OFFICE_HEADINGS
from tests.factories.office_files import office_rows, workbook_bytes
from tests.factories.old_workbooks import old_workbook_bytes

LINES = [("申请号", "名称", "申请人"), ("201710601862.3", "水泵", "某大学")]


def refusal_of(name: str, content: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as refusal:
        require_readable(OfficeFile(name, content))
    return refusal.value


def with_members(members: dict[str, bytes], content: bytes | None = None) -> bytes:
    """A right workbook with further or other parts."""
    source = zipfile.ZipFile(io.BytesIO(content or workbook_bytes(LINES[0], LINES[1:])))
    parts = {name: source.read(name) for name in source.namelist()} | members
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return changed.getvalue()


def test_an_old_workbook_is_read_with_all_its_sheets() -> None:
    file = OfficeFile("旧.xls", old_workbook_bytes({"说明": [("请看下一张表",)], "清单": [*LINES, (), (41988, "x")]}))
    require_readable(file)
    assert (file.kind, sheet_names(file)) == (FileKind.OLD_WORKBOOK, ["说明", "清单"])
    assert [(row.row_number, row.values) for row in read_rows(file, "清单")] == [
        (1, LINES[0]), (2, LINES[1]), (4, (41988.0, "x")),
    ]  # fmt: skip
    assert [row.values for row in read_rows(file)] == [("请看下一张表",)]


def test_blank_columns_at_the_left_of_an_old_workbook_keep_their_places() -> None:
    file = OfficeFile("旧.xls", old_workbook_bytes({"a": [(), (None, "B2")]}))
    assert [(row.row_number, row.values) for row in read_rows(file)] == [(2, (None, "B2"))]


def test_the_sheet_with_the_list_is_found_behind_others() -> None:
    content = old_workbook_bytes({"封面": [("某大学专利清单",)], "清单": LINES, "旧": [("名称",)]})
    head, recognised = service.best_sheet(read_heads(OfficeFile("a.xls", content)))
    assert (head.sheet_name, recognised.columns[Column.TITLE]) == ("清单", 1)


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("锁.xlsx", old_workbook_bytes({"a": LINES}, stream_names=["EncryptedPackage"]), "file.locked", "密码"),
        ("宏.xls", old_workbook_bytes({"a": LINES}, stream_names=["_VBA_PROJECT_CUR"]), "file.macros", "宏"),
        ("宏.xlsm", with_members({"xl/vbaProject.bin": b"x"}), "file.macros", "宏"),
        ("外链.xlsx", with_members({"xl/externalLinks/externalLink1.xml": b"<x/>"}), "file.external_links", "粘贴为数值"),
        ("数据.xlsx", with_members({"xl/connections.xml": b"<x/>"}), "file.external_links", "断开链接"),
        ("表.xlsb", with_members({"xl/workbook.bin": b"x"}), "file.other_format", "另存为 .xlsx"),
        ("表.ods", with_members({"content.xml": b"<x/>"}), "file.other_format", "另存为 .xlsx"),
        ("表.csv", workbook_bytes(*LINES[:1], LINES[1:]), "file.wrong_extension", "“.csv”结尾，内容却是Excel 工作簿"),
        ("表.xls", workbook_bytes(*LINES[:1], LINES[1:]), "file.wrong_extension", "改成以 .xlsx 结尾"),
        ("表.xlsx", old_workbook_bytes({"a": LINES}), "file.wrong_extension", "改成以 .xls 结尾"),
        ("表.xls", "申请号,名称\n1,2\n".encode(), "file.not_a_workbook", "内容与扩展名不符"),
        ("导出.xls", "<html><table><tr><td>申请号</td></tr></table></html>".encode(), "file.web_page", "网页格式"),
        ("导出.xls", b'<?xml version="1.0"?><Workbook/>', "file.web_page", "另存为 .xlsx"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_taken_says_why_and_what_to_do(name: str, content: bytes, code: str, words: str) -> None:
    refusal = refusal_of(name, content)
    assert (refusal.code, refusal.field) == (code, "file")
    assert words in refusal.sentence


def test_200_megabytes_are_refused_by_their_size_alone() -> None:
    refusal = refusal_of("大.xlsx", b"PK\x03\x04" + bytes(200 * 1024 * 1024))
    assert refusal.sentence == "文件有 200 MB，超过 100 MB，请分成几个文件，或另存为 .csv 后上传。"


@pytest.mark.parametrize(
    "part",
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "yyyyyyyy">]><a>&x;&x;</a>',
        b'<?xml version="1.0"?>' + b" " * 2_000_000 + b"<!DOCTYPE a><a/>",
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
    ],
)
def test_xml_that_declares_entities_is_refused(part: bytes) -> None:
    assert refusal_of("炸弹.xlsx", with_members({"xl/sharedStrings.xml": part})).code == "file.entities"


def test_an_archive_with_locked_members_is_refused() -> None:
    content = workbook_bytes(*LINES[:1], LINES[1:])
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = -1
        while (position := content.find(signature, position + 1)) >= 0:
            flags = content[position + offset] | 1
            content = content[: position + offset] + bytes([flags]) + content[position + offset + 1 :]
    assert refusal_of("锁.xlsx", content).code == "file.locked"


@pytest.mark.parametrize(
    "content",
    [
        old_workbook_bytes({"a": LINES})[:3000],
        old_workbook_bytes({"a": [("a",), *[()] * 65534, (*[None] * 255, "z")]}),  # a grid of 16 million cells
    ],
    ids=["cut off", "sparse"],
)
def test_an_old_workbook_that_breaks_or_eats_its_reader_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused) as refusal:
        RowSpool(OfficeFile("坏.xls", content), 1)
    assert refusal.value.code == "file.old_unreadable"


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    for name in ("a.xlsx", "a.csv"):
        for beginning in (b"", b"PK\x03\x04"):
            try:
                list(read_heads(OfficeFile(name, beginning + content)))
            except FileRefused as refusal:
                assert refusal.sentence


def test_the_value_of_a_formula_is_taken_and_the_formula_never() -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        '<c r="A1" t="str"><f>HYPERLINK("http://example.com")</f><v>水泵</v></c>'
        '<c r="B1"><f>1+1</f><v>2</v></c><c r="C1"><f>NOW()</f></c></row></sheetData></worksheet>'
    )
    content = with_members({"xl/worksheets/sheet1.xml": sheet.encode()})
    assert [row.values for row in read_rows(OfficeFile("a.xlsx", content))] == [("水泵", 2, UNCOMPUTED)]


@pytest.mark.parametrize(
    ("cell", "is_blank"),
    [
        ('<c r="B2"><f>A2</f></c>', False),
        ('<c r="B2"><f>A2</f><v/></c>', False),
        ('<c r="B2" t="str"><f>A2</f></c>', False),
        ('<c r="B2" t="e"><f>A2</f><v>#REF!</v></c>', False),
        ('<c r="B2" t="str"><f>A2</f><v></v></c>', True),
        ('<c r="B2"/>', True),
    ],
)
def test_a_formula_without_result_refuses_its_row_and_is_never_a_blank_cell(cell: str, is_blank: bool) -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="2">'
        f'<c r="A2" t="str"><v>201710601862.3</v></c>{cell}<c r="C2" t="str"><v>水泵</v></c>'
        '<c r="D2" t="str"><v>东海大学</v></c></row></sheetData></worksheet>'
    )
    (row,) = read_rows(OfficeFile("a.xlsx", with_members({"xl/worksheets/sheet1.xml": sheet.encode()})))
    columns = {Column.NUMBER: 0, Column.FILING_DATE: 1, Column.TITLE: 2, Column.APPLICANTS: 3}
    read = read_row(row, columns, date(2026, 11, 22))
    if is_blank:
        assert isinstance(read, RowDraft)
        return
    assert isinstance(read, RefusedRow)
    assert (read.refusal.code, "申请日" in read.refusal.sentence) == ("row.formula_without_result", True)
    others = {column: index for column, index in columns.items() if column is not Column.FILING_DATE}
    assert isinstance(read_row(row, others, date(2026, 11, 22)), RowDraft)  # a column that nobody imports


def test_the_annotated_copy_of_an_uncomputed_formula_is_refused_again() -> None:
    shown = UNCOMPUTED[1:]  # what the copy's cell says
    columns = {Column.NUMBER: 0, Column.TITLE: 1, Column.APPLICANTS: 2}
    read = read_row(FileRow(2, ("201710601862.3", shown, "东海大学")), columns, date(2026, 11, 22))
    assert isinstance(read, RefusedRow)


def test_excels_text_in_utf_16_is_read() -> None:
    content = "申请号\t名称\r\n201710601862.3\t水泵\r\n".encode("utf-16")
    assert [row.values for row in read_rows(OfficeFile("a.txt", content))][1] == ("201710601862.3", "水泵")


GOOGLE = (
    "search URL:,https://patents.google.com/?assignee=a,b\nid,title,assignee,inventor/author,filing/creation date\n"
)
LENS = (
    "#,Jurisdiction,Kind,Display Key,Lens ID,Application Number,Application Date,Title,Abstract,Applicants,Inventors\n"
)
PATSNAP = [
    "公开(公告)号",
    "标题",
    "[标]当前申请(专利权)人",
    "当前申请(专利权)人",
    "发明人",
    "申请号",
    "申请日",
    "IPC主分类号",
    "简单法律状态",
]
INCOPAT = ["序号", "标题 (中文)", "摘要 (中文)", "申请人", "公开（公告）号", "申请号", "申请日", "IPC主分类", "发明人"]
CNKI = ["Title-题名", "申请（专利权）人", "发明（设计）人", "申请号", "申请日", "公开号", "主分类号", "摘要"]
CNIPA = ["申请号", "公开（公告）号", "公开（公告）日", "申请日", "专利号", "名称", "主分类号", "分类号", "申请（专利权）人",
         "发明（设计）人", "地址", "摘要", "主权项"]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "header_row", "expected"),
    [
        (GOOGLE, 2, "publication_number:id title:title applicants:assignee inventors:inventor/author "
                    "filing_date:filing/creation date"),
        (LENS, 1, "number:Application Number title:Title applicants:Applicants inventors:Inventors "
                  "filing_date:Application Date publication_number:Display Key abstract:Abstract"),
        (",".join(PATSNAP), 1, "number:申请号 title:标题 applicants:[标]当前申请(专利权)人 inventors:发明人 filing_date:申请日 "
                               "publication_number:公开(公告)号 main_class:IPC主分类号"),
        (",".join(INCOPAT), 1, "number:申请号 title:标题 (中文) applicants:申请人 inventors:发明人 filing_date:申请日 "
                               "publication_number:公开（公告）号 main_class:IPC主分类 abstract:摘要 (中文)"),
        (",".join(CNKI), 1, "number:申请号 title:Title-题名 applicants:申请（专利权）人 inventors:发明（设计）人 "
                            "filing_date:申请日 publication_number:公开号 main_class:主分类号 abstract:摘要"),
        (",".join(CNIPA), 1, "number:申请号 title:名称 applicants:申请（专利权）人 inventors:发明（设计）人 filing_date:申请日 "
                             "publication_number:公开（公告）号 main_class:主分类号 abstract:摘要 claims:主权项"),
    ],
    ids=["Google", "Lens", "PatSnap", "incoPat", "CNKI", "CNIPA"],
)  # fmt: skip
def test_the_exports_of_the_patent_services_are_recognised(content: str, header_row: int, expected: str) -> None:
    (head,) = read_heads(OfficeFile("a.csv", content.encode("utf-8-sig")))
    found = recognise(service.by_position(head.rows))
    assert found.header_row == header_row
    chosen = {column: found.headings[index] for column, index in found.columns.items() if column not in BESIDE}
    pairs = [f"{column.value}:{heading}" for column, heading in chosen.items()]
    assert sorted(pairs) == sorted(f"{name}:{rest}" for name, rest in _pairs(expected))


BESIDE = {Column.LEGAL_STATUS, Column.KIND, Column.PUBLICATION_DATE, Column.GRANT_DATE}


def _pairs(text: str) -> list[tuple[str, str]]:
    names = {column.value for column in Column}
    pairs: list[tuple[str, str]] = []
    for word in text.split(" "):
        name, _, rest = word.partition(":")
        if name in names and rest:
            pairs.append((name, rest))
        else:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {word}")
    return pairs


def test_each_heading_of_the_table_names_its_sources_and_stands_once() -> None:
    names = [heading for _, heading, _ in HEADINGS]
    assert len(names) == len(set(names))
    known = {"CNIPA", "PatSnap", "incoPat", "CNKI", "Google", "Lens", "own", "export"}
    assert {source for _, _, sources in HEADINGS for source in sources.split()} <= known


def test_headings_in_two_merged_rows_are_read_together() -> None:
    rows = [("某大学专利一览",), ("序号", "申请号", "日期", None, "名称", "申请人"), (None, None, "申请日", "授权日"),
            (1, "201710601862.3", "2017-07-21", None, "水泵", "某大学")]  # fmt: skip
    found = recognise(rows)
    assert found.header_row == 3
    assert found.headings == ("序号", "申请号", "申请日", "授权日", "名称", "申请人")
    assert found.columns == {
        Column.NUMBER: 1,
        Column.TITLE: 4,
        Column.APPLICANTS: 5,
        Column.FILING_DATE: 2,
        Column.GRANT_DATE: 3,
    }


def test_a_first_row_of_data_is_no_second_row_of_headings() -> None:
    assert recognise([("申请号", "名称", None), ("201710601862.3", "名称", "摘要")]).header_row == 1


def test_the_row_that_a_person_names_is_taken_whatever_it_says() -> None:
    rows = [("甲", "乙"), ("丙", "申请号"), ()]
    assert recognise_at(rows, 1).columns == {}
    assert recognise_at(rows, 2).columns == {Column.NUMBER: 1}
    for row in (0, 3, 99):
        with pytest.raises(FileRefused):
            recognise_at(rows, row)


@pytest.mark.parametrize(
    ("cell", "are_persons", "expected"),
    [
        ("张三;李四；王五", True, "张三；李四；王五"),
        ("张三 | 李四", True, "张三；李四"),
        ("张三、李四，王五, 赵六", True, "张三；李四；王五；赵六"),
        ("Smith, John; Li, Si", True, "Smith, John；Li, Si"),
        ("甲大学\n乙公司", False, "甲大学；乙公司"),
        ("ABC Co., Ltd.; 甲大学", False, "ABC Co., Ltd.；甲大学"),
        ("甲、乙研究所", False, "甲、乙研究所"),
        ("A;;B", True, "A；B"),
        ("\u00a0", True, ""),
    ],
)
def test_names_in_one_cell_are_told_apart(cell: str, are_persons: bool, expected: str) -> None:
    assert people_of(cell, are_persons=are_persons) == expected


@given(st.text(alphabet="甲乙丙AB ;；|、,，\n", max_size=30), st.booleans())
def test_names_that_were_told_apart_stay_as_they_are(text: str, are_persons: bool) -> None:
    once = people_of(text, are_persons=are_persons)
    assert people_of(once, are_persons=are_persons) == once or "；" not in once


def test_a_date_that_became_a_number_with_a_fraction_is_read() -> None:
    assert str(date_of("20221202.0")) == "2022-12-02"


def test_a_hundred_thousand_rows_are_kept_on_disk() -> None:
    lines = "申请号,名称,申请人\n" + "201710601862.3,水泵,某大学\n" * 100_000
    spool = RowSpool(OfficeFile("大.csv", lines.encode()), 1)
    assert spool.count == 100_000
    spool.close()


def test_office_rows_read_the_same_from_every_format() -> None:
    rows = [OFFICE_HEADINGS, *office_rows(30)]
    text = "\n".join("\t".join(row) for row in rows)
    files = [
        OfficeFile("a.xlsx", workbook_bytes(rows[0], rows[1:])),
        OfficeFile("a.xls", old_workbook_bytes({"Sheet1": rows})),
        OfficeFile("a.csv", text.encode("gb18030")),
        OfficeFile("a.txt", text.encode("utf-8-sig")),
    ]
    tables = [[row.values for row in read_rows(file)] for file in files]
    assert tables[0] == tables[1] == tables[2] == tables[3] == rows
