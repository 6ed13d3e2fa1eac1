"""What happens after an application, for each way, with the rule behind each step (rules.md 2.5, 3, 4)."""

from __future__ import annotations

from dataclasses import dataclass

from market.kernel.errors import N_
from market.listings.vocabulary import TransferWay


@dataclass(frozen=True)
class Step:
    """One step that a buyer should expect, and the rule that asks for it."""

    text: str
    rule: str = ""


_TALK = Step(N_("提交申请：写明使用计划和意向价格，机构答复接受或谢绝"))
_PUBLICITY = Step(
    N_("协议定价的，在单位和平台公示名称、摘要、方式、拟交易价格，不少于 15 天"),
    N_("浙江省促进科技成果转化条例第17条"),
)
_SIGN = Step(N_("签订书面合同，付款"), N_("民法典第863条"))
_REGISTER_TRANSFER = Step(N_("向国家知识产权局登记，权利自登记之日起转移"), N_("专利法第10条"))
_RECORD_LICENCE = Step(N_("许可合同生效起 3 个月内备案"), N_("专利法实施细则第15条"))

_LICENCE = (_TALK, _PUBLICITY, _SIGN, _RECORD_LICENCE)
_STEPS: dict[TransferWay, tuple[Step, ...]] = {
    TransferWay.ASSIGNMENT: (_TALK, _PUBLICITY, _SIGN, _REGISTER_TRANSFER),
    TransferWay.EXCLUSIVE_LICENCE: _LICENCE,
    TransferWay.SOLE_LICENCE: _LICENCE,
    TransferWay.ORDINARY_LICENCE: _LICENCE,
    TransferWay.OPEN_LICENCE: (
        Step(N_("书面通知权利人并按公告标准付费，许可即成立"), N_("专利法第51条")),
        Step(N_("凭证明向国家知识产权局备案"), N_("专利法实施细则第87条")),
    ),
    TransferWay.EQUITY: (
        _TALK,
        Step(N_("评估作价，股东会决议"), N_("公司法第48条、第66条")),
        _PUBLICITY,
        Step(N_("办理权属转移和公司登记")),
    ),
    TransferWay.JOINT_DEVELOPMENT: (_TALK, _SIGN),
    TransferWay.TRY_FIRST: (
        Step(N_("提交申请：写明试用场地、用途和希望达到的指标")),
        Step(N_("试用前约定转化条件、方式和费用，并公示"), N_("浙江省促进科技成果转化条例第17条")),
        Step(N_("按约定期限试用并提交进展报告")),
        Step(N_("期满评估：转化、延长一次或不转化")),
    ),
    TransferWay.INVEST_FIRST: (
        Step(N_("机构已声明愿意采用先投后股：财政资金先以项目形式支持，约定条件达到后转为股权")),
        Step(N_("申报在受托管理机构的申报窗口开放后进行；现在还不能在线申报")),
    ),
    TransferWay.AUCTION: (
        Step(N_("在标的页面报名；已核验且与转让方无关联的企业即可取得资格")),
        Step(N_("在公告的时间内按起拍价和加价幅度出价；最后 5 分钟有人出价即顺延 5 分钟")),
        Step(N_("价高者成交，确认成交结果后签约"), N_("平台竞价规则")),
        _REGISTER_TRANSFER,
    ),
}


def steps_for(way: TransferWay) -> tuple[Step, ...]:
    """The steps of one way, in order."""
    return _STEPS[way]
