"""One person in every role and one row of every kind, twice: an own one and a foreign one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.models import Organisation, Person
from market.accounts.rules import OrganisationKind, Role
from market.achievements.importing.files import OfficeFile
from market.achievements.models import Achievement
from market.auctions.models import Lot
from market.audit import service as audit
from market.deals import service as deals
from market.deals.models import Application, Deal
from market.deals.publicity.models import Publicity, PublicityObjection
from market.deals.service import ApplicationDraft
from market.enquiries.models import Enquiry, ListingQuestion
from market.enquiries.service.watching import watch
from market.kernel.clock import local_date
from market.kernel.mail import MailMessage, queue_mail
from market.kernel.money import Money
from market.listings.changing import save_change
from market.listings.models import Listing
from market.listings.versions import draft_of_listing
from market.notifications.models import Notice
from market.operations.service import ProposalDraft, propose_change
from tests.conftest import NOW
from tests.factories.auctions import announcement, move_times
from tests.factories.enquiries import make_enquiry, make_question
from tests.factories.imports import check, remember_columns
from tests.factories.joining import make_links
from tests.factories.listings import (
    AUCTION,
    LICENCE,
    SALE,
    make_achievement,
    make_approved_listing,
    make_draft_listing,
    make_published_listing,
    offer_of,
)
from tests.factories.office_files import HEADINGS, office_rows, workbook_bytes
from tests.factories.publicity import make_running, object_to
from tests.factories.reports import make_report
from tests.factories.world import Institution, actor_of, make_actor, make_institution, make_organisation, make_person

HOME_COUNTY, OTHER_COUNTY = "330304", "330381"
KIND_OF_ROLE = {
    Role.TRANSFER_OFFICER: OrganisationKind.INSTITUTION,
    Role.INSTITUTION_HEAD: OrganisationKind.INSTITUTION,
    Role.COMPLETER: OrganisationKind.INSTITUTION,
    Role.ENTERPRISE_USER: OrganisationKind.ENTERPRISE,
    Role.BROKER: OrganisationKind.BROKER,
    Role.OPERATOR: OrganisationKind.OPERATOR,
    Role.SUPERVISOR: OrganisationKind.BUREAU,
    Role.COUNTY_SUPERVISOR: OrganisationKind.COUNTY_BUREAU,
    Role.FUND_MANAGER: OrganisationKind.FUND,
    Role.INSURER: OrganisationKind.INSURER,
    Role.AUDITOR: OrganisationKind.AUDITOR,
}


@dataclass(frozen=True)
class Side:
    """An institution and an enterprise that deal with each other, and what lies between them."""

    institution: Institution
    enterprise: Organisation
    buyer: Person
    achievement: Achievement
    draft: Listing
    waiting: Listing
    published: Listing
    lot: Lot
    import_id: int
    remembered_id: int
    application: Application
    deal: Deal
    publicity: Publicity
    objection: PublicityObjection
    report_id: int
    question: ListingQuestion
    enquiry: Enquiry
    links: dict[str, str]


@dataclass
class WholeWorld:
    """`people` by role; the institution's and the enterprise's people stand on the side `own`."""

    own: Side
    foreign: Side
    people: dict[Role, Person] = field(default_factory=dict)
    notices: dict[Role, int] = field(default_factory=dict)
    foreign_notice: int = 0
    request_id: int = 0
    own_request_id: int = 0
    foreign_request_id: int = 0
    proposal_id: int = 0
    job_id: int = 0
    mail_id: int = 0


def make_side(session: Session, county_code: str) -> Side:
    """Everything through the services."""
    institution = make_institution(session, county_code=county_code)
    enterprise = make_organisation(session, OrganisationKind.ENTERPRISE, county_code=county_code)
    buyer = make_person(session, enterprise, Role.ENTERPRISE_USER)
    published = make_published_listing(session, institution, SALE, LICENCE)
    head, applicant = actor_of(institution.head), actor_of(buyer)
    plan = ApplicationDraft("用于高温蒸汽阀门的密封，明年六月前投产，需要机构派人指导。", Money(10_000_000))
    accepted = deals.apply_on_offer(session, applicant, published.offers[1].id, plan, now=NOW)
    deal = deals.accept_application(session, head, accepted.id, now=NOW)
    publicity = make_running(session, institution, deal)
    objection = object_to(session, buyer, publicity)
    application = deals.apply_on_offer(session, applicant, offer_of(published).id, plan, now=NOW)
    watch(session, applicant, published.number, now=NOW)
    changed = replace(draft_of_listing(published), title="耐高温泵阀密封件（改）")
    save_change(session, actor_of(institution.officer), published.id, changed, version=0, now=NOW)
    return Side(
        institution=institution,
        enterprise=enterprise,
        buyer=buyer,
        achievement=make_achievement(session, institution.organisation),
        draft=make_draft_listing(session, institution),
        waiting=make_approved_listing(session, institution),
        published=published,
        lot=_lot(session, institution),
        import_id=_import(session, institution),
        remembered_id=remember_columns(session, institution.organisation, NOW),
        application=application,
        deal=deal,
        publicity=publicity,
        objection=objection,
        report_id=make_report(session, published.number).id,
        question=make_question(session, applicant, published),
        enquiry=make_enquiry(session, applicant, published),
        links=make_links(session, enterprise, buyer),
    )


def _lot(session: Session, institution: Institution) -> Lot:
    from market.auctions.service import announce_lot

    listing = make_published_listing(session, institution, AUCTION)
    terms = announcement(session, title=listing.title)
    lot = announce_lot(session, actor_of(institution.officer), [listing.offers[0].id], terms, NOW)
    move_times(session, lot, opens_in=timedelta(days=1), closes_in=timedelta(days=2))
    return lot


def _import(session: Session, institution: Institution) -> int:
    rows = office_rows(3, institution.organisation.name, seed=institution.organisation.id)
    return check(session, institution.organisation, OfficeFile("清单.xlsx", workbook_bytes(HEADINGS, rows)), NOW)


def make_whole_world(session: Session) -> WholeWorld:
    """Both sides and somebody in every role."""
    world = WholeWorld(make_side(session, HOME_COUNTY), make_side(session, OTHER_COUNTY))
    own = world.own.institution
    world.people = {
        Role.TRANSFER_OFFICER: own.officer,
        Role.INSTITUTION_HEAD: own.head,
        Role.COMPLETER: make_person(session, own.organisation, Role.COMPLETER),
        Role.ENTERPRISE_USER: world.own.buyer,
    }
    for role, kind in KIND_OF_ROLE.items():
        if role not in world.people:
            organisation = make_organisation(session, kind, county_code=HOME_COUNTY)
            world.people[role] = make_person(session, organisation, role)
    for role, person in world.people.items():
        world.notices[role] = _notice(session, actor_of(person).organisation_id, role.value)
    _break_glass(session, world)
    world.foreign_notice = _notice(session, world.foreign.institution.organisation.id, "foreign")
    world.proposal_id = _proposal(session)
    world.job_id = make_failed_job(session)
    world.mail_id = make_failed_mail(session)
    return world


def _proposal(session: Session) -> int:
    actor = make_actor(session, OrganisationKind.BUREAU, Role.SUPERVISOR)
    draft = ProposalDraft("publicity.days", "20", "新条例 第17条", local_date(NOW) + timedelta(days=9), "条例修订")
    return propose_change(session, actor, draft, now=NOW).id


def make_failed_mail(session: Session, key: str = "failed") -> int:
    """A mail that the server refused for good."""
    mail = {"recipient": "nobody@example.test", "subject": "核验结果", "body": "正文", "template": "test"}
    message_id = queue_mail(session, **mail, deduplication_key=key, now=NOW)
    assert message_id is not None
    message = session.get_one(MailMessage, message_id)
    message.failed_at, message.failure, message.attempts = NOW, "550 nobody here", 5
    session.flush()
    return message_id


def make_failed_job(session: Session, task: str = "notifications.deliver") -> int:
    """A job that a worker gave up."""
    statement = text(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts) "
        "VALUES ('default', :task, '{\"event_id\": 1}', 'failed', 5) RETURNING id"
    )
    return int(session.execute(statement, {"task": task}).scalar_one())


def _break_glass(session: Session, world: WholeWorld) -> None:
    """A colleague's request that waits, the operator's own approved one, the colleague's approved one."""
    own = actor_of(world.people[Role.OPERATOR])
    organisation = session.get_one(Organisation, own.organisation_id)
    colleague = actor_of(make_person(session, organisation, Role.OPERATOR))
    ids = []
    for asking, deciding in ((colleague, None), (own, colleague), (colleague, own)):
        reason = "收到举报称两家企业串通报价，需要核对股权关系。"
        request = audit.request_opening(session, asking, world.own.lot.number, reason, now=NOW)
        if deciding is not None:
            audit.decide_request(session, deciding, request.id, approve=True, now=NOW)
        ids.append(request.id)
    world.request_id, world.own_request_id, world.foreign_request_id = ids


def _notice(session: Session, organisation_id: int, key: str) -> int:
    notice = Notice(
        organisation_id=organisation_id,
        deduplication_key=f"test:{key}",
        title="您有一条通知",
        message="内容",
        params={},
        path="/console",
        created_at=NOW,
    )
    session.add(notice)
    session.flush()
    return notice.id
