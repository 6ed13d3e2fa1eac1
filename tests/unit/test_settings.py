"""Settings: what production refuses, what nonsense is told."""

from __future__ import annotations

import re

import pytest

from config import DEVELOPMENT_SECRET, ConfigurationError, load_settings

SECRET = "a-secret-of-its-own-with-enough-characters"
SERVER = "postgresql://kezhuan@db.example/kezhuan"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, "SECRET_KEY"),
        ({"SECRET_KEY": DEVELOPMENT_SECRET, "DATABASE_URL": SERVER}, "SECRET_KEY"),
        ({"SECRET_KEY": "short", "DATABASE_URL": SERVER}, "SECRET_KEY"),
        ({"SECRET_KEY": SECRET}, "DATABASE_URL"),
    ],
)
def test_production_refuses_a_missing_or_default_secret_and_says_which(variables, named):
    with pytest.raises(ConfigurationError, match=named):
        load_settings({"KEZHUAN_ENV": "production", **variables})


def test_production_takes_what_is_whole():
    settings = load_settings({"KEZHUAN_ENV": "production", "SECRET_KEY": SECRET, "DATABASE_URL": SERVER})
    assert settings.is_production
    assert settings.database_url == "postgresql+psycopg://kezhuan@db.example/kezhuan"


@pytest.mark.parametrize(
    "variables",
    [
        {"PORT": "0"},
        {"PORT": "70000"},
        {"PORT": "eighty"},
        {"PORT": "８０８０"},
        {"KEZHUAN_ENV": "prod"},
        {"DATABASE_URL": "mysql://somewhere/else"},
        {"MAX_UPLOAD_MB": "-1"},
        {"MEANING": "yes"},
        {"VIRUS_SCANNER": "clamd"},
        {"VIRUS_SCANNER": "tcp://127.0.0.1"},
    ],
)
def test_nonsense_is_refused_and_named(variables):
    with pytest.raises(ConfigurationError, match=next(iter(variables))):
        load_settings(variables)


def test_without_settings_the_house_runs_on_its_own():
    settings = load_settings({})
    assert (settings.database_url, settings.elasticsearch_url, settings.port) == (None, None, 8000)
    assert not settings.is_production


CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"KEZHUAN_ENV": "production"}, "SECRET_KEY"),
        ({"KEZHUAN_ENV": "production", "SECRET_KEY": DEVELOPMENT_SECRET}, "SECRET_KEY"),
        ({"KEZHUAN_ENV": "production", "SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"KEZHUAN_ENV": "production", "SECRET_KEY": SECRET}, "DATABASE_URL"),
        ({"KEZHUAN_ENV": "prod"}, "KEZHUAN_ENV"),
        ({"DATABASE_URL": "mysql://somewhere/else"}, "DATABASE_URL"),
        ({"PORT": "eighty"}, "PORT"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"MAIL_SECURITY": "ssl"}, "MAIL_SECURITY"),
        ({"MAIL_SERVER": "mail.example"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "market.example"}, "PUBLIC_URL"),
        ({"MAIL_SERVER": "mail.example", "PUBLIC_URL": "https://market.example"}, "MAIL_FROM"),
        ({"MAIL_FROM": "Market <a@b.example>"}, "MAIL_FROM"),
        ({"OIDC_ISSUER": "http://id.example"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://id.example"}, "OIDC_CLIENT_ID"),
        ({"OIDC_ISSUER": "https://id.example", "OIDC_CLIENT_ID": "market"}, "PUBLIC_URL"),
    ],
)
def test_the_shell_is_told_in_chinese_first_and_in_english_second(variables, named):
    with pytest.raises(ConfigurationError) as refused:
        load_settings(variables)

    chinese, english = refused.value.message.split("\n")
    assert named in chinese
    assert CHINESE.search(chinese)
    assert named in english
    assert not CHINESE.search(english)


def test_production_takes_a_provider_by_https_alone():
    whole = {"KEZHUAN_ENV": "production", "SECRET_KEY": SECRET, "DATABASE_URL": SERVER, "OIDC_CLIENT_ID": "market"}

    with pytest.raises(ConfigurationError, match="OIDC_ISSUER"):
        load_settings({**whole, "OIDC_ISSUER": "http://127.0.0.1:9000", "PUBLIC_URL": "https://market.example"})
    assert load_settings({"OIDC_CLIENT_ID": "m", "OIDC_ISSUER": "http://127.0.0.1:9", "PUBLIC_URL": "http://m"})
