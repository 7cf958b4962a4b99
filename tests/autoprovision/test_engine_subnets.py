"""The subnet table against a plain search with the standard library."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoprovision.engine.subnets import Subnet, SubnetError, SubnetTable, packed, parse_subnet

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Draw networks that are near each other, so that many nest and touch."""
    if draw(st.booleans()):
        base = draw(st.sampled_from([0, 0x0A000000, 0x0A010200, 0xC0A80000, 0xFFFFFF00]))
        number = base + draw(st.integers(0, 255))
        return ipaddress.IPv4Network((number, draw(st.integers(0, 32))), strict=False)
    base = draw(st.sampled_from([0, 0x20010DB8 << 96, (1 << 128) - 256]))
    number = base + draw(st.integers(0, 255))
    return ipaddress.IPv6Network((number, draw(st.integers(0, 128))), strict=False)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Network], str]:
    listed = draw(st.lists(networks(), max_size=12))
    near = draw(st.sampled_from(listed) | networks() if listed else networks())
    edge = draw(st.sampled_from([-1, 0, 1]))
    number = int(draw(st.sampled_from([near.network_address, near.broadcast_address]))) + edge
    number = min(max(number, 0), (1 << near.max_prefixlen) - 1)
    address = ipaddress.IPv4Address(number) if near.version == 4 else ipaddress.IPv6Address(number)
    return listed, str(address)


@given(cases())
def test_longest_prefix_decides_as_a_plain_search_finds_it(case: tuple[list[Network], str]) -> None:
    listed, address = case
    table = SubnetTable([(parse_subnet(str(network)), row) for row, network in enumerate(listed)], str)
    ip = ipaddress.ip_address(address)
    # Longest prefix first, equal subnets in the order of the rows.
    within = sorted((-network.prefixlen, row) for row, network in enumerate(listed) if ip in network)
    first_rows = {-length: row for length, row in reversed(within)}
    assert table.find(address) == (str(within[0][1]) if within else None)
    containing = [(subnet.length, row) for subnet, row in table.containing(parse_subnet(address))]
    assert containing == sorted(first_rows.items(), reverse=True)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("10.1.2.0/24", "10.1.2.0/24"),
        ("10.1.2.0/18", "10.1.0.0/18"),
        (" 10.1.2.3 ", "10.1.2.3/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
    ],
)
def test_subnet_is_read_as_its_network(text: str, canonical: str) -> None:
    assert str(parse_subnet(text)) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "/", "10.1.2/24", "10.1.2.0/33", "10.1.2.0/-1", "10.1.2.0/x", "10.1.2.0/255.255.255.0", "10.0.0.0/",
     "2001:db8::/129", "fe80::%eth0/64", "hospital", "10.1.2.0/24/8", "10.1.2.0\x00/24", "10.1.2.0/²",
     "300.1.1.0/24"],
)  # fmt: skip
def test_bad_subnet_says_how_to_write_one(text: str) -> None:
    with pytest.raises(SubnetError, match=r"write it as 10\.1\.2\.0/24"):
        parse_subnet(text)


@pytest.mark.parametrize("address", ["", "x", "10.1.2", "10.1.2.3/24", "10.1.2.3\x00", "1:2", "é", "\ud800"])
def test_what_is_no_address_is_in_no_subnet(address: str) -> None:
    table = SubnetTable([(parse_subnet("0.0.0.0/0"), 4), (parse_subnet("::/0"), 6)], str)
    assert packed(address) is None
    assert table.find(address) is None


def test_ipv4_written_as_ipv6_is_ipv4() -> None:
    table = SubnetTable([(parse_subnet("10.1.0.0/16"), 4), (parse_subnet("::/0"), 6)], str)
    assert table.find("::ffff:10.1.2.3") == "4"
    assert table.find("::10.1.2.3") == "6"


def test_subnet_knows_its_ends() -> None:
    subnet = Subnet(4, 0x0A010000, 16)
    assert (subnet.bits, subnet.end) == (32, 0x0A020000)
    assert str(subnet.widened(8)) == "10.0.0.0/8"
