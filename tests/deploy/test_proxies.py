"""The proxies of the examples: as patient as the server, believed rightly, and nothing said twice."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

import pytest

from shared import wire
from sync_server.settings import Settings
from sync_server.web.envelope import HEADERS, LARGER
from sync_server.web.patience import Patience
from tests.deploy.files import DEPLOY, Block, find, names, read_caddy, read_nginx

NGINX = (DEPLOY / "nginx" / "trait-dunion.conf").read_text("utf-8")
CADDY = (DEPLOY / "caddy" / "Caddyfile").read_text("utf-8")
UNITS = {"": 1, "s": 1, "m": 60}
SIZES = {"m": 1 << 20, "MB": 1_000_000}


def seconds(said: str) -> float:
    found = re.fullmatch(r"(\d+)([sm]?)", said)
    assert found, said
    return int(found[1]) * UNITS[found[2]]


def size(said: str) -> int:
    found = re.fullmatch(r"(\d+)(m|MB)", said)
    assert found, said
    return int(found[1]) * SIZES[found[2]]


@pytest.fixture
def served() -> Block:
    """The part of nginx that speaks to the server."""
    [found] = [
        inner for words, inner in read_nginx(NGINX) if words == ["server"] and find(inner, "ssl_certificate")
    ]
    return found


@pytest.fixture
def site() -> Block:
    """The part of Caddy that speaks to the server."""
    [found] = [inner for words, inner in read_caddy(CADDY) if words]
    return found


def one(block: Block, *path: str) -> str:
    [[word]] = find(block, *path)
    return word


def test_nginx_waits_for_a_slow_client_as_long_as_the_server_and_no_longer(served: Block) -> None:
    patience = Patience()
    assert seconds(one(served, "client_header_timeout")) == patience.head
    assert seconds(one(served, "client_body_timeout")) == patience.grace
    assert seconds(one(served, "keepalive_timeout")) == patience.idle
    assert seconds(one(served, "send_timeout")) == patience.answer
    assert find(served, "limit_conn") == [["par_adresse", "100"]]
    [zone] = find(read_nginx(NGINX), "limit_conn_zone")
    assert zone == ["$binary_remote_addr", "zone=par_adresse:10m"]


def test_caddy_waits_for_a_slow_client_as_long_as_the_server_and_no_longer() -> None:
    patience = Patience()
    [options] = [inner for words, inner in read_caddy(CADDY) if not words]
    assert seconds(one(options, "servers", "timeouts", "read_header")) == patience.head
    assert seconds(one(options, "servers", "timeouts", "read_body")) == patience.body
    assert seconds(one(options, "servers", "timeouts", "idle")) == patience.idle


def test_a_proxy_closes_its_connections_before_the_server_does(site: Block) -> None:
    """Else a request is sent on one that is just being closed, and fails."""
    assert seconds(one(read_nginx(NGINX), "upstream", "keepalive_timeout")) < Patience().idle
    assert seconds(one(site, "reverse_proxy", "transport", "keepalive")) < Patience().idle


def test_the_largest_body_passes_and_none_that_the_server_refuses_by_far(served: Block, site: Block) -> None:
    largest = max(wire.MOST_BYTES, *LARGER.values())
    for most in (size(one(served, "client_max_body_size")), size(one(site, "request_body", "max_size"))):
        assert largest < most < 1.2 * largest


def test_a_proxy_asks_where_the_server_listens_and_the_server_believes_it(site: Block) -> None:
    there = Settings.model_fields["server_host"].default, Settings.model_fields["server_port"].default
    address = f"{there[0]}:{there[1]}"
    assert find(read_nginx(NGINX), "upstream", "server") == [[address]]
    assert find(site, "reverse_proxy") == [[address]]
    believed = Settings.model_fields["trusted_proxies"].default.split(",")
    assert any(ip_address(there[0]) in ip_network(each) for each in believed if ":" not in each)


def test_nginx_tells_who_asks_and_not_what_they_wrote_themselves(served: Block) -> None:
    [asked] = [inner for words, inner in served if words == ["location", "/"]]
    told = {words[0]: words[1] for words in find(asked, "proxy_set_header")}
    assert told == {
        "Connection": '""',
        "Host": "$host",
        "X-Forwarded-For": "$remote_addr",  # $proxy_add_x_forwarded_for would pass on what a client invented
        "X-Forwarded-Proto": "$scheme",
    }
    assert find(asked, "proxy_http_version") == [["1.1"]]


def test_what_the_server_says_is_said_once_and_packed_once(site: Block) -> None:
    for block in (read_nginx(NGINX), site):
        assert not names(block) & {"add_header", "header", "encode", "proxy_hide_header", "header_down", "log"}
    assert find(read_nginx(NGINX), "server", "gzip") == [["off"]]
    assert "Strict-Transport-Security" not in HEADERS  # over HTTPS alone, and from the server


def test_the_numbers_are_not_given_to_the_outside(served: Block, site: Block) -> None:
    [closed] = [inner for words, inner in served if words == ["location", "=", "/metrics"]]
    assert find(closed, "return") == [["404"]]
    assert find(site, "respond") == [["/metrics", "404"]]


def test_a_proxy_keeps_no_journal_of_who_asked_for_which_record(site: Block) -> None:
    servers = [inner for words, inner in read_nginx(NGINX) if words == ["server"]]
    assert [find(inner, "access_log") for inner in servers] == [[["off"]]] * 2
    assert "log" not in names(read_caddy(CADDY))


def test_nothing_is_served_in_clear_but_the_way_to_https() -> None:
    [clear] = [i for words, i in read_nginx(NGINX) if words == ["server"] and not find(i, "ssl_certificate")]
    [asked] = [inner for words, inner in clear if words == ["location", "/"]]
    assert find(asked, "return") == [["308", "https://trait-dunion.exemple.fr$request_uri"]]
    assert "proxy_pass" not in names(clear)
    assert find(read_nginx(NGINX), "server", "ssl_protocols") == [["TLSv1.2", "TLSv1.3"]]


@pytest.mark.parametrize("wrong", ["server {", "server { listen 80; } }", "listen 80"])
def test_half_a_configuration_is_noticed(wrong: str) -> None:
    with pytest.raises(AssertionError):
        read_nginx(wrong)
