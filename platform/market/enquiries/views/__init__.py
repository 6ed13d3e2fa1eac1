"""Pages of questions, enquiries, watched listings and times of answer."""

from market.enquiries.views.blueprint import blueprint
from market.enquiries.views.questions import questions
from market.enquiries.views.replies import replies
from market.enquiries.views.talking import enquiries
from market.enquiries.views.watching import watches

__all__ = ["blueprint", "enquiries", "questions", "replies", "watches"]
