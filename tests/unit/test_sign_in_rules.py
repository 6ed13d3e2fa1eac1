"""Delays after wrong passwords, networks, devices, codes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from market.accounts.security.rules import (
    ACCOUNT_FROM_NETWORK,
    device_name,
    network_prefix,
    normalise_code,
)


def test_the_first_attempts_are_free_then_the_delay_doubles_up_to_an_hour():
    delays = [ACCOUNT_FROM_NETWORK.delay(attempts) for attempts in (1, 4, 5, 6, 7, 20, 10_000)]

    assert delays == [timedelta(seconds=seconds) for seconds in (0, 0, 30, 60, 120, 3600, 3600)]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("nonsense", "?"),
        (None, "?"),
    ],
)
def test_an_address_belongs_to_its_network(address, network):
    assert network_prefix(address) == network


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge · Windows",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox · Linux"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit Chrome/130.0 Mobile Safari MicroMessenger/8.0", "微信 · Android"),
        ("curl/8.0", ""),
    ],
)
def test_a_device_is_named_as_its_owner_knows_it(user_agent, name):
    assert device_name(user_agent) == name


def test_a_code_is_compared_without_blanks_hyphens_and_case():
    assert normalise_code(" AB12c-34 5 ") == "ab12c345"
