"""Settings: what production refuses, what nonsense is told."""

from __future__ import annotations

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
    ],
)
def test_nonsense_is_refused_and_named(variables):
    with pytest.raises(ConfigurationError, match=next(iter(variables))):
        load_settings(variables)


def test_without_settings_the_house_runs_on_its_own():
    settings = load_settings({})
    assert (settings.database_url, settings.elasticsearch_url, settings.port) == (None, None, 8000)
    assert not settings.is_production
