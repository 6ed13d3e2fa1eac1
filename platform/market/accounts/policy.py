"""The policy: every act of the platform, who may do it, on which rows, who else must do the next step, who never may.

The one place where this is decided (rules.md section 12). Routes name an act (`accounts.access.allowed`), services
require it, loaders take the rows from it; docs/roles.md is generated from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from market.accounts.rules import Actor, Role
from market.kernel.errors import N_, NotAllowed


class Rows(StrEnum):
    """Which rows an act reaches; widest first. The values are the words of docs/roles.md."""

    ALL = "all"
    PUBLIC = "what is public"
    REACHED_PLATFORM = "what reached the platform's review"
    OWN_COUNTY = "what touches the own county"
    OWN_ORGANISATION = "the own organisation's"
    AS_SELLER = "where the own organisation sells"
    AS_BUYER = "where the own organisation applies or buys"
    OWN_PERSON = "her own"


class Audience(StrEnum):
    """To whom an act is open when no role decides it."""

    EVERYBODY = "everybody"
    SIGNED_IN = "everybody signed in"
    ADMINISTRATORS = "administrators of the organisation"
    ROLES = "roles"


class Act(StrEnum):
    """What can be done on the platform."""

    READ_PUBLIC = "read_public"
    CHOOSE_LANGUAGE = "choose_language"
    COMPARE = "compare"
    ENTER = "enter"
    READ_CONSOLE = "read_console"
    KEEP_OWN_SIGN_IN = "keep_own_sign_in"
    READ_NOTICES = "read_notices"
    KEEP_NOTICES = "keep_notices"
    READ_OWN_ORGANISATION = "read_own_organisation"
    ADMINISTER_ORGANISATION = "administer_organisation"
    STATE_PARTICULARS = "state_particulars"
    READ_PARTICULARS = "read_particulars"
    RECORD_RELATION = "record_relation"
    DECIDE_PARTICULARS = "decide_particulars"

    READ_REGISTER = "read_register"
    KEEP_REGISTER = "keep_register"
    READ_IMPORTS = "read_imports"
    IMPORT = "import"

    READ_LISTINGS = "read_listings"
    WRITE_LISTING = "write_listing"
    SUBMIT_LISTING = "submit_listing"
    APPROVE_LISTING = "approve_listing"
    PUBLISH_LISTING = "publish_listing"
    STEER_LISTING = "steer_listing"
    PROMISE_SECRECY = "promise_secrecy"
    READ_READINGS = "read_readings"
    TAKE_DOWN_LISTING = "take_down_listing"

    READ_LOTS = "read_lots"
    ANNOUNCE_LOT = "announce_lot"
    WITHDRAW_LOT = "withdraw_lot"
    READ_SUSPENSION = "read_suspension"
    SUSPEND_LOT = "suspend_lot"
    RESUME_LOT = "resume_lot"
    ASK_LOT_END = "ask_lot_end"
    DECIDE_LOT_END = "decide_lot_end"
    REGISTER_BIDDER = "register_bidder"
    BID = "bid"

    APPLY = "apply"
    READ_APPLICATIONS = "read_applications"
    ANSWER_APPLICATION = "answer_application"
    WITHDRAW_APPLICATION = "withdraw_application"
    READ_DEALS = "read_deals"
    CANCEL_DEAL = "cancel_deal"
    CONFIRM_PRICE = "confirm_price"
    START_PUBLICITY = "start_publicity"
    VOID_PUBLICITY = "void_publicity"
    RAISE_OBJECTION = "raise_objection"
    DECIDE_OBJECTION = "decide_objection"

    ASK_QUESTION = "ask_question"
    READ_QUESTIONS = "read_questions"
    ANSWER_QUESTION = "answer_question"
    HIDE_QUESTION = "hide_question"
    ENQUIRE = "enquire"
    READ_ENQUIRIES = "read_enquiries"
    CONTINUE_ENQUIRY = "continue_enquiry"
    ANSWER_ENQUIRY = "answer_enquiry"
    READ_REPLY_TIMES = "read_reply_times"
    WATCH = "watch"
    READ_WATCHES = "read_watches"
    READ_SAVED_SEARCHES = "read_saved_searches"
    SAVE_SEARCHES = "save_searches"

    REPORT_WRONG = "report_wrong"
    READ_REPORTS = "read_reports"
    DECIDE_REPORT = "decide_report"

    READ_OWN_SCORE = "read_own_score"
    READ_NUMBERS = "read_numbers"
    READ_SCORES = "read_scores"

    READ_LOG = "read_log"
    READ_OPENINGS = "read_openings"
    REQUEST_OPENING = "request_opening"
    DECIDE_OPENING = "decide_opening"
    OPEN_LOT = "open_lot"

    READ_ORGANISATIONS = "read_organisations"
    RECORD_ORGANISATION = "record_organisation"
    VERIFY_ORGANISATION = "verify_organisation"
    MERGE_ORGANISATIONS = "merge_organisations"
    MANAGE_PEOPLE = "manage_people"
    READ_PARAMETERS = "read_parameters"
    PROPOSE_PARAMETER = "propose_parameter"
    DECIDE_PARAMETER = "decide_parameter"
    READ_SYNONYMS = "read_synonyms"
    PROPOSE_SYNONYMS = "propose_synonyms"
    DECIDE_SYNONYMS = "decide_synonyms"
    READ_HOLIDAYS = "read_holidays"
    LOAD_HOLIDAYS = "load_holidays"
    READ_OPERATION = "read_operation"
    OPERATE = "operate"


@dataclass(frozen=True)
class Grant:
    """Who may do an act and on which rows.

    `writes`: the act changes something. `is_housekeeping`: what it changes is the person's own account or her
    organisation's membership, nothing of the market; or it is a voice that everybody has (an objection, a report).
    """

    does: str
    rows: Mapping[Role, Rows] = field(default_factory=dict)
    audience: Audience = Audience.ROLES
    reaches: Rows | None = None
    writes: bool = False
    is_housekeeping: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        """The roles that decide; empty when the audience does."""
        return frozenset(self.rows)

    def admits(self, actor: Actor | None, *, is_signed_in: bool) -> bool:
        """Whether the caller may do the act at all; rows are guarded by loaders."""
        if self.audience is Audience.EVERYBODY:
            return True
        if self.audience is Audience.SIGNED_IN:
            return is_signed_in
        if not is_signed_in or actor is None:
            return False
        return actor.is_administrator if self.audience is Audience.ADMINISTRATORS else actor.has(*self.rows)


_OFFICER, _HEAD, _ENTERPRISE = Role.TRANSFER_OFFICER, Role.INSTITUTION_HEAD, Role.ENTERPRISE_USER
_OPERATOR, _SUPERVISOR, _AUDITOR = Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR


def _all(*roles: Role) -> dict[Role, Rows]:
    return dict.fromkeys(roles, Rows.ALL)


def _own(*roles: Role) -> dict[Role, Rows]:
    return dict.fromkeys(roles, Rows.OWN_ORGANISATION)


_SELLING = dict.fromkeys((_OFFICER, _HEAD), Rows.AS_SELLER)
_BUYING = {_ENTERPRISE: Rows.AS_BUYER}
_WATCHING = _all(_SUPERVISOR, _AUDITOR) | {Role.COUNTY_SUPERVISOR: Rows.OWN_COUNTY}


def _everybody(does: str, *, writes: bool = False) -> Grant:
    return Grant(does, audience=Audience.EVERYBODY, reaches=Rows.PUBLIC, writes=writes, is_housekeeping=writes)


def _signed_in(does: str, reaches: Rows, *, writes: bool = False) -> Grant:
    return Grant(does, audience=Audience.SIGNED_IN, reaches=reaches, writes=writes, is_housekeeping=writes)


POLICY: dict[Act, Grant] = {
    Act.READ_PUBLIC: _everybody("reads the halls, public pages, the published record and the state of the service"),
    Act.CHOOSE_LANGUAGE: _everybody("chooses the language of the pages", writes=True),
    Act.COMPARE: _everybody("puts public listings side by side", writes=True),
    Act.ENTER: _everybody("signs up, signs in, follows a link that was mailed to her", writes=True),
    Act.READ_CONSOLE: _signed_in("sees what waits for her", Rows.OWN_ORGANISATION),
    Act.KEEP_OWN_SIGN_IN: _signed_in("keeps her own sign-in, chooses for whom she acts", Rows.OWN_PERSON, writes=True),
    Act.READ_NOTICES: _signed_in("reads notices", Rows.OWN_ORGANISATION),
    Act.KEEP_NOTICES: _signed_in("marks notices as read, chooses her mails", Rows.OWN_ORGANISATION, writes=True),
    Act.READ_OWN_ORGANISATION: _signed_in("sees the members and the verification", Rows.OWN_ORGANISATION),
    Act.ADMINISTER_ORGANISATION: Grant(
        "invites, gives roles, ends memberships, hands in evidence",
        audience=Audience.ADMINISTRATORS,
        reaches=Rows.OWN_ORGANISATION,
        writes=True,
        is_housekeeping=True,
    ),
    Act.STATE_PARTICULARS: Grant(
        "states R&D staff, former names and related parties of the own organisation",
        _own(_OFFICER, _HEAD, _ENTERPRISE),
        writes=True,
    ),
    Act.READ_PARTICULARS: Grant("reads what organisations stated of themselves", _all(_SUPERVISOR, _OPERATOR)),
    Act.RECORD_RELATION: Grant("records related parties that the platform learned of", _all(_OPERATOR), writes=True),
    Act.DECIDE_PARTICULARS: Grant("confirms or rejects what was stated", _all(_SUPERVISOR), writes=True),
    Act.READ_REGISTER: Grant("reads the register of achievements", _own(_OFFICER, _HEAD)),
    Act.KEEP_REGISTER: Grant("keeps the register of achievements", _own(_OFFICER), writes=True),
    Act.READ_IMPORTS: Grant("reads imports", _own(_OFFICER, _HEAD)),
    Act.IMPORT: Grant("imports office files", _own(_OFFICER), writes=True),
    Act.READ_LISTINGS: Grant(
        "reads listings in the console", _own(_OFFICER, _HEAD) | {_OPERATOR: Rows.REACHED_PLATFORM}
    ),
    Act.WRITE_LISTING: Grant("writes listings, with their prices", _own(_OFFICER), writes=True),
    Act.SUBMIT_LISTING: Grant("submits listings", _own(_OFFICER), writes=True),
    Act.APPROVE_LISTING: Grant("approves listings and prices for the institution", _own(_HEAD), writes=True),
    Act.PUBLISH_LISTING: Grant("reviews listings for the platform", {_OPERATOR: Rows.REACHED_PLATFORM}, writes=True),
    Act.TAKE_DOWN_LISTING: Grant(
        "suspends a listing and takes one down that was reported", {_OPERATOR: Rows.REACHED_PLATFORM}, writes=True
    ),
    Act.STEER_LISTING: Grant("pauses, resumes, withdraws, renews listings", _own(_OFFICER, _HEAD), writes=True),
    Act.PROMISE_SECRECY: Grant(
        "promises secrecy before she reads a listing's secret papers", {_ENTERPRISE: Rows.PUBLIC}, writes=True
    ),
    Act.READ_READINGS: Grant("reads who downloaded which papers of a listing", _own(_OFFICER, _HEAD)),
    Act.READ_LOTS: Grant(
        "reads lots in the console, no bidder's name before the end",
        _SELLING | _BUYING | _all(_OPERATOR, _SUPERVISOR, _AUDITOR),
    ),
    Act.ANNOUNCE_LOT: Grant("announces lots", {_OFFICER: Rows.AS_SELLER}, writes=True),
    Act.WITHDRAW_LOT: Grant("withdraws a lot before bidding opens", _SELLING, writes=True),
    Act.READ_SUSPENSION: Grant(
        "reads what keeps a suspended lot and who must decide", _SELLING | _all(_OPERATOR, _SUPERVISOR)
    ),
    Act.SUSPEND_LOT: Grant(
        "suspends a lot for a fault or an objection, with a public reason", _all(_OPERATOR), writes=True
    ),
    Act.RESUME_LOT: Grant(
        "resumes a suspended lot when its cause has ended", _SELLING | _all(_OPERATOR, _SUPERVISOR), writes=True
    ),
    Act.ASK_LOT_END: Grant(
        "asks for the termination of a suspended lot", _SELLING | _all(_OPERATOR, _SUPERVISOR), writes=True
    ),
    Act.DECIDE_LOT_END: Grant("decides about the termination of a lot", _all(_OPERATOR, _SUPERVISOR), writes=True),
    Act.REGISTER_BIDDER: Grant("registers the enterprise for a lot", {_ENTERPRISE: Rows.PUBLIC}, writes=True),
    Act.BID: Grant("bids", {_ENTERPRISE: Rows.PUBLIC}, writes=True),
    Act.APPLY: Grant("applies on an offer", {_ENTERPRISE: Rows.PUBLIC}, writes=True),
    Act.READ_APPLICATIONS: Grant("reads applications", _SELLING | _BUYING),
    Act.ANSWER_APPLICATION: Grant("answers applications", _SELLING, writes=True),
    Act.WITHDRAW_APPLICATION: Grant("takes an application back", _BUYING, writes=True),
    Act.READ_DEALS: Grant("reads deals", _SELLING | _BUYING),
    Act.CANCEL_DEAL: Grant("ends a negotiation", _SELLING, writes=True),
    Act.CONFIRM_PRICE: Grant("writes down the agreed price for its publicity", {_OFFICER: Rows.AS_SELLER}, writes=True),
    Act.START_PUBLICITY: Grant("starts the publicity of an agreed price", {_HEAD: Rows.AS_SELLER}, writes=True),
    Act.VOID_PUBLICITY: Grant("ends a publicity before its time", _SELLING, writes=True),
    Act.RAISE_OBJECTION: _signed_in("objects to an agreed price in publicity", Rows.PUBLIC, writes=True),
    Act.DECIDE_OBJECTION: Grant("decides about objections to its publicity", {_HEAD: Rows.AS_SELLER}, writes=True),
    Act.ASK_QUESTION: Grant("asks about a listing in public", {_ENTERPRISE: Rows.PUBLIC}, writes=True),
    Act.READ_QUESTIONS: Grant(
        "reads public questions, also unanswered and hidden ones", _SELLING | _own(_ENTERPRISE) | _all(_OPERATOR)
    ),
    Act.ANSWER_QUESTION: Grant("answers public questions", _SELLING, writes=True),
    Act.HIDE_QUESTION: Grant("hides a public question, with a reason", _all(_OPERATOR), writes=True),
    Act.ENQUIRE: Grant("asks an institution in private", {_ENTERPRISE: Rows.PUBLIC}, writes=True),
    Act.READ_ENQUIRIES: Grant("reads enquiries", _SELLING | _own(_ENTERPRISE)),
    Act.CONTINUE_ENQUIRY: Grant("asks further, offers her contact, closes an enquiry", _own(_ENTERPRISE), writes=True),
    Act.ANSWER_ENQUIRY: Grant("answers enquiries, accepts the exchange of contacts", _SELLING, writes=True),
    Act.READ_REPLY_TIMES: Grant(
        "reads how soon institutions answer and what is overdue, no texts", _WATCHING | _all(_OPERATOR)
    ),
    Act.WATCH: Grant("watches listings", {_ENTERPRISE: Rows.PUBLIC}, writes=True),
    Act.READ_WATCHES: Grant("reads what the own enterprise watches", _own(_ENTERPRISE)),
    Act.READ_SAVED_SEARCHES: _signed_in("reads her saved searches and what they found", Rows.OWN_PERSON),
    Act.SAVE_SEARCHES: _signed_in(
        "saves searches, chooses how often she hears of new results", Rows.OWN_PERSON, writes=True
    ),
    Act.REPORT_WRONG: _everybody("reports what is wrong, asks what became of it", writes=True),
    Act.READ_REPORTS: Grant(
        "reads reports of wrongs; who reported the bureau alone",
        {_SUPERVISOR: Rows.ALL, _OPERATOR: Rows.REACHED_PLATFORM},
    ),
    Act.DECIDE_REPORT: Grant(
        "decides about reports of wrongs", {_SUPERVISOR: Rows.ALL, _OPERATOR: Rows.REACHED_PLATFORM}, writes=True
    ),
    Act.READ_OWN_SCORE: Grant("reads the own institution's score and its trace", _own(_OFFICER, _HEAD)),
    Act.READ_NUMBERS: Grant("reads all numbers and the records behind them", _WATCHING),
    Act.READ_SCORES: Grant("reads the institutions' scores and their traces", _WATCHING),
    Act.READ_LOG: Grant("reads the log, an export of it is recorded", _all(_AUDITOR, _OPERATOR)),
    Act.READ_OPENINGS: Grant("reads the requests for break-glass access", _all(_OPERATOR)),
    Act.REQUEST_OPENING: Grant("asks for break-glass access to a running lot", _all(_OPERATOR), writes=True),
    Act.DECIDE_OPENING: Grant("decides about break-glass access", _all(_OPERATOR), writes=True),
    Act.OPEN_LOT: Grant("uses approved break-glass access, once", {_OPERATOR: Rows.OWN_PERSON}, writes=True),
    Act.READ_ORGANISATIONS: Grant("reads organisations and their evidence", _all(_OPERATOR)),
    Act.RECORD_ORGANISATION: Grant(
        "records bureaus and auditors, which do not sign up by themselves", _all(_OPERATOR), writes=True
    ),
    Act.VERIFY_ORGANISATION: Grant("verifies or rejects organisations", _all(_OPERATOR), writes=True),
    Act.MERGE_ORGANISATIONS: Grant("merges duplicates", _all(_OPERATOR), writes=True),
    Act.MANAGE_PEOPLE: Grant(
        "switches accounts off and on, helps who lost every second factor", _all(_OPERATOR), writes=True
    ),
    Act.READ_PARAMETERS: Grant("reads parameters", _all(_SUPERVISOR, _OPERATOR)),
    Act.PROPOSE_PARAMETER: Grant("proposes a parameter's new value", _all(_SUPERVISOR, _OPERATOR), writes=True),
    Act.DECIDE_PARAMETER: Grant("decides about a proposed value", _all(_SUPERVISOR, _OPERATOR), writes=True),
    Act.READ_SYNONYMS: Grant("reads the synonyms of search", _all(_SUPERVISOR, _OPERATOR)),
    Act.PROPOSE_SYNONYMS: Grant("proposes changes of synonyms", _all(_SUPERVISOR, _OPERATOR), writes=True),
    Act.DECIDE_SYNONYMS: Grant("decides about proposed synonyms", _all(_SUPERVISOR, _OPERATOR), writes=True),
    Act.READ_HOLIDAYS: Grant("reads holiday tables", _all(_SUPERVISOR, _OPERATOR)),
    Act.LOAD_HOLIDAYS: Grant("loads holiday tables", _all(_SUPERVISOR, _OPERATOR), writes=True),
    Act.READ_OPERATION: Grant("reads jobs, mails, people, the installation's state", _all(_OPERATOR)),
    Act.OPERATE: Grant(
        "lets a failed job run or a failed mail go again, rebuilds the index", _all(_OPERATOR), writes=True
    ),
}


@dataclass(frozen=True)
class Separation:
    """Who did one of the acts `after`, or stands where `after_being` says, does not do this one on the same row."""

    after: tuple[Act, ...]
    code: str
    message: str
    basis: str
    after_being: str = ""


SEPARATIONS: dict[Act, Separation] = {
    Act.APPROVE_LISTING: Separation(
        (Act.WRITE_LISTING, Act.SUBMIT_LISTING),
        "listing.own_submission",
        N_("不能审核自己编写或提交的挂牌，请由本单位另一位负责人审核。"),
        "rules.md 12: may not approve own listing",
    ),
    Act.PUBLISH_LISTING: Separation(
        (Act.WRITE_LISTING, Act.SUBMIT_LISTING, Act.APPROVE_LISTING),
        "listing.own_submission",
        N_("不能审核自己编写或提交的挂牌，请由本单位另一位负责人审核。"),
        "rules.md 12: may not approve own listing",
    ),
    Act.DECIDE_PARAMETER: Separation(
        (Act.PROPOSE_PARAMETER,),
        "parameter.own_proposal",
        N_("参数变更须由提出人以外的另一人批准。"),
        "rules.md 12: two-person rule for a parameter change",
    ),
    Act.DECIDE_SYNONYMS: Separation(
        (Act.PROPOSE_SYNONYMS,),
        "synonyms.own_proposal",
        N_("同义词变更须由提出人以外的另一人批准。"),
        "rules.md 12: two-person rule, as for a parameter: what the hall finds changes at once for everybody",
    ),
    Act.DECIDE_OPENING: Separation(
        (Act.REQUEST_OPENING,),
        "break_glass.own",
        N_("紧急查看须由第二人批准，不能批准自己的申请。"),
        "issue 4: break-glass access with a second person",
    ),
    Act.VERIFY_ORGANISATION: Separation(
        (Act.ENTER, Act.ADMINISTER_ORGANISATION, Act.RECORD_ORGANISATION),
        "review.own",
        N_("不能核验自己提交的申请或自己所在的机构，请由其他运营人员办理。"),
        "issue 4: nobody approves their own submission",
        "a member of the organisation",
    ),
    Act.DECIDE_PARTICULARS: Separation(
        (Act.STATE_PARTICULARS, Act.RECORD_RELATION),
        "statement.own",
        N_("这一事项由您本人提出，或涉及您所在的机构，须由另一人确认。"),
        "rules.md 7.6: a related party is confirmed by a human decision; 7.2: the denominator of points",
        "a member of an organisation that it is about",
    ),
    Act.MANAGE_PEOPLE: Separation(
        (),
        "person.own",
        N_("不能处理自己的账号，请由其他运营人员办理。"),
        "issue 4: nobody helps herself in",
        "the person herself",
    ),
    Act.REGISTER_BIDDER: Separation(
        (),
        "registration.insider",
        N_("您本人也是出让方或平台运营的人员，不能代企业报名竞价（拍卖法第二十二条、第三十条），请由同事办理。"),
        "rules.md 12; 拍卖法 arts. 22 and 30",
        "a member of the seller or of the operator",
    ),
    Act.BID: Separation(
        (),
        "bid.insider",
        N_("您本人也是出让方或平台运营的人员，不能代企业出价（拍卖法第二十二条、第三十条），请由同事办理。"),
        "rules.md 12; 拍卖法 arts. 22 and 30",
        "a member of the seller or of the operator",
    ),
    Act.DECIDE_LOT_END: Separation(
        (Act.ASK_LOT_END,),
        "lot.own_request",
        N_("终结标的须由申请人以外的另一人批准。"),
        "rules.md 12: two-person rule for the termination of a lot",
    ),
    Act.ANSWER_APPLICATION: Separation(
        (Act.APPLY,),
        "application.own",
        N_("您本人也是申请企业的人员，不能代本单位答复这份申请，请由同事办理。"),
        "rules.md 12: may not stand on both sides of own deals",
        "a member of the applicant",
    ),
    Act.START_PUBLICITY: Separation(
        (Act.CONFIRM_PRICE,),
        "publicity.own",
        N_("价格由您本人确认，公示须由本单位另一位负责人启动。"),
        "rules.md 12: the officer writes, the head approves the price",
    ),
    Act.VOID_PUBLICITY: Separation(
        (Act.START_PUBLICITY,),
        "publicity.own_start",
        N_("公示由您本人启动，终止须由本单位另一位经办人或负责人办理。"),
        "rules.md 12: two-person rule for a publicity's end",
    ),
    Act.DECIDE_OBJECTION: Separation(
        (Act.CONFIRM_PRICE, Act.RAISE_OBJECTION),
        "objection.own",
        N_("您本人确认了价格、提出了异议，或是受让企业的人员，不能处理这份异议，请由本单位另一位负责人处理。"),
        "rules.md 2.5 and 12: nobody judges her own price or her own objection",
        "a member of the buyer",
    ),
    Act.DECIDE_REPORT: Separation(
        (),
        "report.own",
        N_("您本人也是被举报机构的人员，不能处理这份举报，请由同事处理。"),
        "rules.md 12: nobody judges the own side",
        "a member of the reported organisation",
    ),
    Act.ANSWER_QUESTION: Separation(
        (Act.ASK_QUESTION,),
        "question.own",
        N_("您本人也是提问企业的人员，不能代本单位回答这个提问，请由同事办理。"),
        "rules.md 7.2: answers in time are counted",
        "a member of the asking enterprise",
    ),
    Act.ANSWER_ENQUIRY: Separation(
        (Act.ENQUIRE, Act.CONTINUE_ENQUIRY),
        "enquiry.own",
        N_("您本人也是咨询企业的人员，不能代本单位答复这份咨询，请由同事办理。"),
        "rules.md 7.2: answers in time are counted",
        "a member of the asking enterprise",
    ),
}


def may(actor: Actor | None, act: Act) -> bool:
    """Whether the acting person (None = a visitor) may do the act at all."""
    return POLICY[act].admits(actor, is_signed_in=actor is not None)


def require(actor: Actor, act: Act) -> None:
    """Raise NotAllowed unless the acting person may do the act."""
    if not may(actor, act):
        raise refusal(POLICY[act])


def refusal(grant: Grant) -> NotAllowed:
    """Why somebody who is signed in may not do the act."""
    if grant.audience is Audience.ADMINISTRATORS:
        return NotAllowed("membership.not_administrator", N_("只有本单位的管理员可以管理成员。"))
    return NotAllowed("role.missing", N_("您当前的身份不能进行这项操作；如需办理，请切换到有权限的机构身份。"))


def rows_for(actor: Actor, act: Act) -> Rows:
    """The rows that the acting person reaches with the act: the widest of her roles. Raises NotAllowed for none."""
    require(actor, act)
    grant = POLICY[act]
    if grant.reaches is not None:
        return grant.reaches
    held = {rows for role, rows in grant.rows.items() if actor.has(role)}
    return next(rows for rows in Rows if rows in held)


def require_other_person(person_id: int, act: Act, earlier: Iterable[int | None]) -> None:
    """Raise NotAllowed if the person is one of those who did what must come before, by somebody else."""
    if person_id in set(earlier):
        raise separated(act)


def separated(act: Act) -> NotAllowed:
    """Why somebody who did the step before, or stands on the other side, may not do this one."""
    separation = SEPARATIONS[act]
    return NotAllowed(separation.code, separation.message)
