"""The closed lists of the register, in the field's own terms."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class AchievementKind(StrEnum):
    """成果类型 (rules.md 2.2)."""

    INVENTION = "invention"
    UTILITY_MODEL = "utility_model"
    DESIGN = "design"
    PATENT_APPLICATION = "patent_application"
    SOFTWARE = "software"
    CIRCUIT_LAYOUT = "circuit_layout"
    PLANT_VARIETY = "plant_variety"
    BIOMEDICAL_VARIETY = "biomedical_variety"
    TRADE_SECRET = "trade_secret"  # noqa: S105 - know-how, not a password
    PROCESS = "process"
    PROTOTYPE = "prototype"
    OTHER = "other"

    @property
    def label(self) -> str:
        return _KINDS[self]


_KINDS = {
    AchievementKind.INVENTION: N_("发明专利"),
    AchievementKind.UTILITY_MODEL: N_("实用新型"),
    AchievementKind.DESIGN: N_("外观设计"),
    AchievementKind.PATENT_APPLICATION: N_("专利申请"),
    AchievementKind.SOFTWARE: N_("软件著作权"),
    AchievementKind.CIRCUIT_LAYOUT: N_("集成电路布图设计"),
    AchievementKind.PLANT_VARIETY: N_("植物新品种"),
    AchievementKind.BIOMEDICAL_VARIETY: N_("生物医药新品种"),
    AchievementKind.TRADE_SECRET: N_("技术秘密"),
    AchievementKind.PROCESS: N_("工艺配方"),
    AchievementKind.PROTOTYPE: N_("样品样机"),
    AchievementKind.OTHER: N_("其他成果"),
}

PATENT_KINDS = frozenset({AchievementKind.INVENTION, AchievementKind.UTILITY_MODEL, AchievementKind.DESIGN})
WITH_CLAIMS = PATENT_KINDS | {AchievementKind.PATENT_APPLICATION}
"""Kinds whose rights may have claims (专利法 art. 26); other registrations have none."""


class LegalStatus(StrEnum):
    """法律状态, as a person or a source confirmed it."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    ALIVE = "alive"
    LAPSED = "lapsed"

    @property
    def label(self) -> str:
        return {
            "unknown": N_("状态未核实"),
            "pending": N_("申请中"),
            "alive": N_("有效"),
            "lapsed": N_("失效"),
        }[self.value]


class OwnershipStatus(StrEnum):
    """权属. `own` = the applicant is the institution (or a former name of it)."""

    OWN = "own"
    PENDING = "pending"
    CONFIRMED_BY_PERSON = "confirmed_by_person"

    @property
    def label(self) -> str:
        return {
            "own": N_("本单位"),
            "pending": N_("权属待确认"),
            "confirmed_by_person": N_("已说明权属"),
        }[self.value]


class MaturityStage(StrEnum):
    """成熟度 (rules.md 2.2, source C4)."""

    RESEARCH = "research"
    LABORATORY = "laboratory"
    PILOT = "pilot"
    TRIAL_PRODUCTION = "trial_production"
    MASS_PRODUCTION = "mass_production"

    @property
    def label(self) -> str:
        return {
            "research": N_("研发"),
            "laboratory": N_("小试"),
            "pilot": N_("中试"),
            "trial_production": N_("试生产"),
            "mass_production": N_("量产"),
        }[self.value]


class TechnicalField(StrEnum):
    """技术领域, the eleven national classes (rules.md 5.3)."""

    ELECTRONICS = "electronics"
    AEROSPACE = "aerospace"
    MANUFACTURING = "manufacturing"
    BIOMEDICINE = "biomedicine"
    MATERIALS = "materials"
    ENERGY = "energy"
    ENVIRONMENT = "environment"
    NUCLEAR = "nuclear"
    AGRICULTURE = "agriculture"
    TRANSPORT = "transport"
    CITY = "city"

    @property
    def label(self) -> str:
        return _FIELDS[self]


_FIELDS = {
    TechnicalField.ELECTRONICS: N_("电子信息"),
    TechnicalField.AEROSPACE: N_("航空航天"),
    TechnicalField.MANUFACTURING: N_("先进制造"),
    TechnicalField.BIOMEDICINE: N_("生物、医药和医疗器械"),
    TechnicalField.MATERIALS: N_("新材料及其应用"),
    TechnicalField.ENERGY: N_("新能源与高效节能"),
    TechnicalField.ENVIRONMENT: N_("环境保护与资源综合利用"),
    TechnicalField.NUCLEAR: N_("核应用"),
    TechnicalField.AGRICULTURE: N_("农业"),
    TechnicalField.TRANSPORT: N_("现代交通"),
    TechnicalField.CITY: N_("城市建设与社会发展"),
}


class Industry(StrEnum):
    """温州 5+5 and future industries (rules.md 8.7)."""

    ELECTRICAL = "DQ"
    SHOES = "XY"
    CLOTHING = "FZ"
    AUTO_PARTS = "QC"
    PUMPS_VALVES = "BF"
    DIGITAL = "SZ"
    SMART_EQUIPMENT = "ZZ"
    LIFE_HEALTH = "SM"
    NEW_ENERGY = "XNY"
    NEW_MATERIALS = "XCL"
    FUTURE = "F"
    OTHER = "00"

    @property
    def label(self) -> str:
        return _INDUSTRIES[self]


_INDUSTRIES = {
    Industry.ELECTRICAL: N_("电气"),
    Industry.SHOES: N_("鞋业"),
    Industry.CLOTHING: N_("服装"),
    Industry.AUTO_PARTS: N_("汽车零部件"),
    Industry.PUMPS_VALVES: N_("泵阀"),
    Industry.DIGITAL: N_("数字经济"),
    Industry.SMART_EQUIPMENT: N_("智能装备"),
    Industry.LIFE_HEALTH: N_("生命健康"),
    Industry.NEW_ENERGY: N_("新能源"),
    Industry.NEW_MATERIALS: N_("新材料"),
    Industry.FUTURE: N_("未来产业"),
    Industry.OTHER: N_("其他产业"),
}


class OwnershipForm(StrEnum):
    """权属形式 (rules.md 2.2; 浙江省条例 art. 37 ¶3; 国科发区〔2020〕128号)."""

    SOLE = "sole"
    CO_OWNED = "co_owned"
    EMPOWERED = "empowered"
    LONG_TERM_USE = "long_term_use"

    @property
    def label(self) -> str:
        return {
            "sole": N_("单位独有"),
            "co_owned": N_("单位间共有"),
            "empowered": N_("赋权共有"),
            "long_term_use": N_("赋予长期使用权"),
        }[self.value]


class ShareHolder(StrEnum):
    """权利人: who holds a share of an achievement."""

    INSTITUTION = "institution"
    CO_OWNER = "co_owner"
    COMPLETER = "completer"

    @property
    def label(self) -> str:
        return {
            "institution": N_("本单位份额"),
            "co_owner": N_("共有人"),
            "completer": N_("受赋权完成人"),
        }[self.value]


class EncumbranceKind(StrEnum):
    """权利负担: what limits disposing of a right (专利法实施细则 art. 86)."""

    PLEDGE = "pledge"
    EXCLUSIVE_LICENCE = "exclusive_licence"
    SOLE_LICENCE = "sole_licence"
    PRESERVATION = "preservation"

    @property
    def label(self) -> str:
        return {
            "pledge": N_("质押"),
            "exclusive_licence": N_("独占许可"),
            "sole_licence": N_("排他许可"),
            "preservation": N_("财产保全或中止"),
        }[self.value]


class ImplementationKind(StrEnum):
    """实施方式 outside the platform (促进科技成果转化法 art. 16)."""

    OWN_USE = "own_use"
    LICENSED = "licensed"
    TRANSFERRED = "transferred"
    INVESTED = "invested"
    COOPERATION = "cooperation"

    @property
    def label(self) -> str:
        return {
            "own_use": N_("自行实施"),
            "licensed": N_("许可实施"),
            "transferred": N_("已转让"),
            "invested": N_("作价投资入股"),
            "cooperation": N_("合作实施"),
        }[self.value]


class FundingLevel(StrEnum):
    """计划类别 of the project that paid (rules.md 5.3)."""

    NATIONAL = "national"
    MINISTRY = "ministry"
    PROVINCE = "province"
    CITY = "city"
    OUTSIDE = "outside"

    @property
    def label(self) -> str:
        return {
            "national": N_("国家计划"),
            "ministry": N_("部门计划"),
            "province": N_("省级计划"),
            "city": N_("市县计划"),
            "outside": N_("计划外"),
        }[self.value]


class DocumentPurpose(StrEnum):
    """What a document kept with an achievement proves."""

    MATURITY = "maturity"
    OWNERSHIP = "ownership"
    CONSENT = "consent"
    OTHER = "other"

    @property
    def label(self) -> str:
        return {
            "maturity": N_("成熟度佐证"),
            "ownership": N_("权属证明"),
            "consent": N_("共有人同意书"),
            "other": N_("其他材料"),
        }[self.value]


class OpenListDecision(StrEnum):
    """What the institution says of an achievement that the three-year rule puts on the 公开实施清单."""

    OFFERED = "offered"
    EXCUSED = "excused"

    @property
    def label(self) -> str:
        return {"offered": N_("已定实施方式和费用"), "excused": N_("有正当理由，不列入")}[self.value]


class ImportState(StrEnum):
    """Life of an import: uploaded → checking (columns confirmed) → checked → queued (approved) → running → done.

    Until it is approved nothing of the file is in the register; then all of it is, at once.
    """

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DISCARDED = "discarded"

    @property
    def label(self) -> str:
        return {
            "uploaded": N_("待确认列"),
            "checking": N_("核对中"),
            "checked": N_("待确认导入"),
            "queued": N_("排队中"),
            "running": N_("导入中"),
            "done": N_("已完成"),
            "failed": N_("未能导入"),
            "discarded": N_("已放弃"),
        }[self.value]


class RowOutcome(StrEnum):
    """What became of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return {"new": N_("新增"), "changed": N_("更新"), "same": N_("无变化"), "refused": N_("未收入")}[self.value]
