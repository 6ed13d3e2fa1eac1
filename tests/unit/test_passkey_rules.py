"""Where passkeys work, and what a device's count means."""

from __future__ import annotations

import pytest

from market.accounts.security.passkey_rules import RelyingParty, is_counted_on, relying_party


@pytest.mark.parametrize(
    ("public_url", "party"),
    [
        ("https://kezhuan.wenzhou.example", ("kezhuan.wenzhou.example", "https://kezhuan.wenzhou.example")),
        ("https://kezhuan.example:443", ("kezhuan.example", "https://kezhuan.example")),
        ("https://KEZHUAN.example:8443/path", ("kezhuan.example", "https://kezhuan.example:8443")),
        ("http://localhost:8000", ("localhost", "http://localhost:8000")),
        ("http://demo.localhost:80", ("demo.localhost", "http://demo.localhost")),
        ("http://127.0.0.1:8000", ("localhost", "http://localhost:8000")),
        ("http://[::1]:8000", ("localhost", "http://localhost:8000")),
        ("http://0.0.0.0:8000", ("localhost", "http://localhost:8000")),
    ],
)
def test_devices_know_the_platform_by_the_name_in_its_public_address(public_url, party):
    assert relying_party(public_url) == RelyingParty(*party)


@pytest.mark.parametrize(
    "public_url",
    ["http://kezhuan.example", "https://192.0.2.7", "http://192.0.2.7:8000", "https://[2001:db8::7]", "https://"],
)
def test_without_https_or_without_a_name_there_are_no_passkeys(public_url):
    assert relying_party(public_url) is None


@pytest.mark.parametrize(
    ("new", "last", "counted"), [(1, 0, True), (8, 7, True), (0, 0, True), (7, 7, False), (6, 7, False), (0, 7, False)]
)
def test_a_count_rises_or_is_never_kept(new, last, counted):
    assert is_counted_on(new, last) is counted
