"""Shapes of input of sign-up, new passwords, invitations and verification."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from market.accounts.counties import COUNTIES
from market.accounts.rules import FOUNDING_ROLES, ROLES_OF_KIND, OrganisationKind, Role, SizeClass
from market.kernel.pages import without_null


class AddressForm(FlaskForm):
    """An e-mail address to which a link goes."""

    email = StringField(
        _l("邮箱"),
        validators=[InputRequired(_l("请填写邮箱。")), Length(max=254, message=_l("邮箱过长。")), without_null],
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )


def _password() -> PasswordField:
    return PasswordField(
        _l("密码"),
        validators=[InputRequired(_l("请填写密码。")), Length(max=200, message=_l("密码过长。")), without_null],
        render_kw={"autocomplete": "new-password"},
    )


class NewPasswordForm(FlaskForm):
    """A new password."""

    password = _password()


class NewPersonForm(FlaskForm):
    """Somebody who accepts an invitation and has no account yet."""

    display_name = StringField(
        _l("姓名"),
        validators=[InputRequired(_l("请填写姓名。")), Length(max=80, message=_l("姓名过长。")), without_null],
        render_kw={"autocomplete": "name"},
    )
    password = _password()


class OrganisationForm(FlaskForm):
    """What is said of an organisation, and a file that shows it."""

    organisation_name = StringField(
        _l("机构名称"),
        validators=[
            InputRequired(_l("请填写机构名称。")),
            Length(min=4, max=200, message=_l("机构名称为 4–200 字。")),
            without_null,
        ],
        render_kw={"autocomplete": "organization"},
    )
    credit_code = StringField(
        _l("统一社会信用代码"),
        validators=[
            InputRequired(_l("请填写统一社会信用代码。")),
            Length(max=40, message=_l("代码过长。")),
            without_null,
        ],
    )
    county_code = SelectField(_l("所在县（市、区）"), default="")
    size_class = SelectField(_l("企业规模"), default="")
    industry = StringField(_l("行业代码"), validators=[Length(max=8, message=_l("行业代码过长。")), without_null])
    is_sure_of_name = BooleanField(_l("名称与证照一致，确是另一机构"))
    evidence = FileField(_l("证明文件"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.county_code.choices = [("", gettext("市外或不适用")), *COUNTIES.items()]
        self.size_class.choices = [("", gettext("不适用")), *((size.value, gettext(size.label)) for size in SizeClass)]

    def claimed(self) -> dict[str, Any]:
        """The claim without its kind; only after validation."""
        return {
            "organisation_name": self.organisation_name.data,
            "credit_code": self.credit_code.data,
            "county_code": self.county_code.data or None,
            "size_class": SizeClass(self.size_class.data) if self.size_class.data else None,
            "industry": (self.industry.data or "").strip().upper() or None,
            "is_sure_of_name": self.is_sure_of_name.data,
        }


class SignUpForm(OrganisationForm, NewPersonForm):
    """The person, her organisation and a file that shows who it is."""

    kind = SelectField(_l("机构类型"), validators=[InputRequired(_l("请选择机构类型。"))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted(FOUNDING_ROLES, key=lambda kind: kind is not OrganisationKind.ENTERPRISE)  # most who come
        self.kind.choices = [(kind.value, gettext(kind.label)) for kind in kinds]


class RecordingForm(OrganisationForm, AddressForm):
    """An organisation that an operator records, and whom to invite first."""

    kind = SelectField(_l("机构类型"), validators=[InputRequired(_l("请选择机构类型。"))])

    def offer_kinds(self, kinds: Iterable[OrganisationKind]) -> RecordingForm:
        """Set the choices; returns the form."""
        self.kind.choices = [(kind.value, gettext(kind.label)) for kind in kinds]
        return self


class InvitationForm(AddressForm):
    """Whom to invite in which role."""

    role = RadioField(_l("角色"), validators=[InputRequired(_l("请选择角色。"))])

    def offer_roles_of(self, kind: OrganisationKind) -> InvitationForm:
        """Set the choices; returns the form."""
        held = ROLES_OF_KIND[kind]
        self.role.choices = [(role.value, gettext(role.label)) for role in Role if role in held]
        if len(self.role.choices) == 1 and not self.role.raw_data:  # what was posted is never replaced
            self.role.data = self.role.choices[0][0]
        return self


class RejectionForm(FlaskForm):
    """Why an organisation is not verified."""

    reason = TextAreaField(_l("理由"), validators=[Length(max=1000, message=_l("理由过长。")), without_null])


class PersonForm(FlaskForm):
    """Why an operator does something about a person's account."""

    reason = TextAreaField(_l("理由"), validators=[Length(max=500, message=_l("理由过长。")), without_null])


class MergeForm(FlaskForm):
    """Into which organisation this double goes, and why."""

    into = StringField(
        _l("并入机构的代码"), validators=[InputRequired(_l("请填写机构代码。")), Length(max=12), without_null]
    )
    reason = TextAreaField(
        _l("理由"),
        validators=[InputRequired(_l("请填写理由。")), Length(max=1000, message=_l("理由过长。")), without_null],
    )
