"""What the timelines of questions and enquiries say."""

from __future__ import annotations

from market.kernel.errors import N_

QUESTION_TEXTS = {
    "question.asked": N_("公开提问"),
    "question.answered": N_("机构回答"),
    "question.hidden": N_("平台隐藏提问"),
}
ENQUIRY_TEXTS = {
    "enquiry.asked": N_("提出咨询"),
    "enquiry.asked_further": N_("补充咨询"),
    "enquiry.answered": N_("机构答复"),
    "enquiry.contact_offered": N_("提出交换联系方式"),
    "enquiry.contact_accepted": N_("接受交换联系方式"),
    "enquiry.closed": N_("结束咨询"),
}
