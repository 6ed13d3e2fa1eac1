"""保密承诺: the text that a reader agrees to before she gets secret attachments. Pure.

A changed text gets a new VERSION; whoever agreed to an older one agrees anew. The Chinese text is the one that binds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from market.kernel.errors import N_

VERSION = "2026-1"
PARAGRAPHS = (
    N_(
        "%(reader)s（以下称“本单位”）为了解挂牌 %(number)s“%(title)s”，请求查看%(institution)s标明“签保密承诺后可下载”的资料，"
        "并就此承诺："
    ),
    N_("一、这些资料只用于判断是否受让、被许可、投资或合作实施这项成果，不作他用，不据此申请专利或其他权利。"),
    N_("二、只让为此目的确有必要的本单位人员和顾问查看，并要求他们承担同样的义务；不向其他人提供、公开或转发。"),
    N_("三、妥善保管资料；磋商没有结果或对方要求时，停止使用并删除，不留副本，法律要求留存的除外。"),
    N_(
        "四、已经公开的、本单位此前合法掌握的、从第三方合法取得的、独立研发得到的信息不在此列；"
        "依法必须披露的，先通知对方（法律禁止通知的除外）。"
    ),
    N_(
        "五、保密义务自签署之日起五年；构成商业秘密的，持续到秘密公开为止。违反承诺的，依法承担责任（民法典第五百零一条）。"
    ),
    N_(
        "六、平台记录签署人、所代表的单位、时间、文本和每一次下载，并告知挂牌机构；PDF 上会印有下载人的姓名、单位和时间。"
    ),
)


@dataclass(frozen=True)
class Parties:
    """Whom and what the promise is about."""

    reader: str
    institution: str
    number: str
    title: str

    @property
    def params(self) -> dict[str, str]:
        return {"reader": self.reader, "institution": self.institution, "number": self.number, "title": self.title}


def text_for(parties: Parties) -> str:
    """The Chinese text, word for word as it is kept."""
    return "\n".join(paragraph % parties.params for paragraph in PARAGRAPHS)


def digest(text: str) -> str:
    """SHA-256 of version and text."""
    return hashlib.sha256(f"{VERSION}\n{text}".encode()).hexdigest()
