"""A small application that renders templates/styleguide.html under the strict Content-Security-Policy.

It stands alone, without database, so that the look can be judged and checked by itself:
`python tests/browser/styleguide.py 8099` serves `/portal`, `/console` and `/error/<code>`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from flask import Flask, render_template
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms import BooleanField, FileField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from market.web.layout import icon_markup
from market.web.phone_tables import with_labels

ROOT = Path(__file__).resolve().parents[2]
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
NOW = datetime(2026, 11, 22, 6, 5, 9, tzinfo=UTC)
COUNTIES = [
    "鹿城区",
    "龙湾区",
    "瓯海区",
    "洞头区",
    "瑞安市",
    "乐清市",
    "龙港市",
    "永嘉县",
    "平阳县",
    "苍南县",
    "文成县",
    "泰顺县",
]


class SampleForm(FlaskForm):
    title = StringField("名称", [InputRequired("请填写名称。"), Length(max=60)])
    price = StringField("报价")
    way = SelectField(
        "转让方式",
        choices=[SelectChoice("", "请选择"), SelectChoice("transfer", "转让"), SelectChoice("licence", "许可")],
        validators=[InputRequired("请选择转让方式。")],
    )
    ways = SelectMultipleField(
        "许可种类",
        choices=[SelectChoice("a", "普通许可"), SelectChoice("b", "排他许可"), SelectChoice("c", "独占许可")],
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    basis = RadioField(
        "定价依据",
        choices=[SelectChoice("a", "协议定价"), SelectChoice("b", "技术交易市场挂牌"), SelectChoice("c", "拍卖")],
        validators=[InputRequired("请选择定价依据。")],
    )
    summary = TextAreaField("一句话说明", [InputRequired("请写一句话说明。")])
    attachment = FileField("附件")
    agreed = BooleanField("本单位对该成果拥有处置权", [InputRequired("请确认处置权。")])

    def validate_price(self, field: StringField) -> None:
        if field.data and not field.data.isdigit():
            raise ValidationError("报价要写数字，单位是万元，例如 88。")


class SampleFilter(FlaskForm):
    keyword = StringField("关键词")
    state = SelectField(
        "状态", choices=[SelectChoice("", "全部"), SelectChoice("valid", "有效"), SelectChoice("expired", "失效")]
    )


@dataclass(frozen=True)
class SamplePage:
    number: int = 12
    pages: int = 148
    total: int = 7384

    @property
    def has_prev(self) -> bool:
        return self.number > 1

    @property
    def has_next(self) -> bool:
        return self.number < self.pages

    def url_for_page(self, number: int) -> str:
        return f"?page={number}"


@dataclass(frozen=True)
class SampleActor:
    person_name: str = "陈丽君"
    organisation_name: str = "温州医科大学科学技术转化中心"
    organisation_kind: str = "institution"
    roles: frozenset[str] = frozenset({"officer"})
    memberships: tuple[SimpleNamespace, ...] = (
        SimpleNamespace(membership_id=1, organisation_name="温州医科大学科学技术转化中心", roles_text="经办人"),
        SimpleNamespace(membership_id=2, organisation_name="浙江大学温州研究院", roles_text="审批人、经办人"),
    )


def create_styleguide(actor: SampleActor | None = None) -> Flask:
    """The application; signed in as `actor` (default: a sample officer)."""
    app = Flask("styleguide", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.config.update(SECRET_KEY="styleguide", WTF_CSRF_TIME_LIMIT=None)
    Babel(app, default_locale="zh_Hans_CN")
    CSRFProtect(app)
    _add_filters(app)
    shared = _shared_context(actor or SampleActor())
    app.context_processor(lambda: shared)
    app.after_request(_add_policy)
    app.add_url_rule("/<any(portal,console):face>", "page", _page)
    app.add_url_rule("/listings/suggestions", "suggesting.suggestions", lambda: "")
    app.add_url_rule("/signed-out", "signed-out", lambda: render_template("errors/404.html", current_actor=None))
    app.add_url_rule("/error/<int:code>", "error", lambda code: (render_template(f"errors/{code}.html"), code))
    return app


def _add_policy(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _add_filters(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        money=lambda fen: f"¥{fen / 100:,.2f}",
        wan=lambda fen: f"{fen / 1_000_000:,.2f} 万元",
        date=lambda day: day.isoformat(),
        datetime=lambda moment: moment.strftime("%Y-%m-%d %H:%M"),
        duration=lambda left: f"{left.days} 天 {left.seconds // 3600} 小时",
        patent_number=lambda text: f"ZL {text[:4]} {text[4]} {text[5:12]}.{text[12:]}",
        with_labels=with_labels,
        label=str,
    )
    app.jinja_env.globals["icon_markup"] = icon_markup
    app.jinja_env.globals["counted"] = lambda message, number, **places: message % places


def _shared_context(actor: SampleActor) -> dict[str, object]:
    halls = ["成果大厅", "竞价大厅", "需求大厅", "开放许可", "公示公告", "机构", "数据"]
    items = [
        ("今日待办", "checklist", 5),
        ("成果库", "database", 0),
        ("导入记录", "file-import", 0),
        ("挂牌", "tags", 2),
    ]
    return {
        "current_actor": actor,
        "portal_halls": [SimpleNamespace(label=name, url=f"/hall/{n}", active=n == 0) for n, name in enumerate(halls)],
        "console_navigation": [
            {
                "title": title,
                "items": [
                    {
                        "label": label,
                        "url": f"/console/{icon}",
                        "active": label == "成果库",
                        "icon": icon,
                        "count": count,
                    }
                    for label, icon, count in items
                ],
            }
            for title in ("成果管理", "交易")
        ],
        "is_demo": True,
        "unread_notice_count": 3,
        "page_language": "zh-CN",
        "languages": [("zh-Hans-CN", "中文"), ("en", "English")],
        "retry_after_seconds": 30,
        "max_upload_mb": 30,
    }


def _page(face: str) -> str:
    form = SampleForm(MultiDict({"title": "", "price": "八十八", "way": "", "ways": "a"}), meta={"csrf": False})
    form.validate()
    event = SimpleNamespace(at=NOW, actor="陈丽君", text="提交审核", reason="", rule="")
    return render_template(
        "styleguide.html",
        face=face,
        form=form,
        filter_form=SampleFilter(MultiDict(), meta={"csrf": False}),
        rows=_rows(),
        page=SamplePage(),
        now=NOW,
        closes_at=NOW + timedelta(days=2, hours=3, minutes=12),
        events=[
            event,
            SimpleNamespace(
                **{**vars(event), "actor": "林建国", "text": "退回修改", "reason": "请补充专利权人变更的登记簿副本。"}
            ),
            SimpleNamespace(
                **{
                    **vars(event),
                    "actor": "平台运营",
                    "text": "审核通过并发布",
                    "rule": "《促进科技成果转化法》第十八条",
                }
            ),
        ],
        facets=[
            SimpleNamespace(label="转让", count=128, url="#1", active=False),
            SimpleNamespace(label="网络竞价", count=17, url="#2", active=True),
            SimpleNamespace(label="先用后转", count=9, url="#3", active=False),
        ],
        chart_data={
            "kind": "bar",
            "unit": "件",
            "categories": COUNTIES,
            "series": [
                {"name": "挂牌", "values": [31, 22, 27, 3, 19, 24, 8, 11, 9, 7, 2, 1], "urls": ["#l"] * 12},
                {"name": "成交", "values": [12, 7, 11, 0, 6, 9, 2, 3, 4, 1, 0, 0], "urls": [None] * 12},
            ],
        },
    )


@dataclass(frozen=True)
class SampleRow:
    number: str
    title: str
    state: str
    tone: str
    filed_on: date
    price: int | None


def _rows() -> list[SampleRow]:
    first = SampleRow(
        "2020101234567",
        "一种基于多模态影像的早期青光眼筛查方法、装置及可读存储介质",
        "有效",
        "success",
        date(2020, 1, 5),
        123_456_789,
    )
    return [
        first,
        replace(
            first,
            number="201210345678X",
            title="低压电器触头用银氧化锡复合材料的制备方法",
            state="权属待确认",
            tone="warning",
            price=None,
        ),
        replace(first, number="2003201456784", title="泵阀密封结构", state="失效", tone="neutral", price=8_800_000),
    ]


if __name__ == "__main__":
    create_styleguide().run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8099)
