"""Subnets and the table that finds the longest prefix for an address."""

import ipaddress
from bisect import bisect_right
from collections.abc import Callable, Iterable
from operator import attrgetter
from socket import AF_INET, AF_INET6, inet_pton
from typing import Generic, NamedTuple, TypeVar

_MAPPED = bytes(10) + b"\xff\xff"

Row = TypeVar("Row")
Answer = TypeVar("Answer")


class SubnetError(ValueError):
    """The text is not a subnet; the message says what to write."""


class Subnet(NamedTuple):
    """An IPv4 or IPv6 network: `network` is its first address as a number, `length` the prefix in bits."""

    version: int
    network: int
    length: int

    def __str__(self) -> str:
        address = ipaddress.IPv4Address if self.version == 4 else ipaddress.IPv6Address
        return f"{address(self.network)}/{self.length}"

    @property
    def bits(self) -> int:
        """Bits of an address: 32 or 128."""
        return 32 if self.version == 4 else 128

    @property
    def end(self) -> int:
        """The number after the last address."""
        return self.network + (1 << (self.bits - self.length))

    def widened(self, length: int) -> "Subnet":
        """Give the network of the shorter prefix that contains this one."""
        shift = self.bits - length
        return Subnet(self.version, self.network >> shift << shift, length)


def parse_subnet(text: str) -> Subnet:
    """Read "10.1.2.0/24" or "2001:db8::/32"; host bits are dropped, an address alone is one host."""
    address, slash, length = text.strip().partition("/")
    well_formed = "%" not in address and (not slash or (length.isascii() and length.isdigit()))
    try:
        if not well_formed:
            raise ValueError
        network = ipaddress.ip_network((address, int(length)) if slash else address, strict=False)
    except ValueError:
        raise SubnetError(f'"{text}" is not a subnet: write it as 10.1.2.0/24 or 2001:db8::/64') from None
    return Subnet(network.version, int(network.network_address), network.prefixlen)


def packed(address: str) -> bytes | None:
    """Give the 4 or 16 bytes of an address, or None when it is none; IPv4 inside IPv6 counts as IPv4."""
    try:
        if ":" not in address:
            return inet_pton(AF_INET, address)
        data = inet_pton(AF_INET6, address)
    except (OSError, ValueError):
        return None
    return data[12:] if data.startswith(_MAPPED) else data


class SubnetTable(Generic[Row, Answer]):
    """Rows by subnet: the longest prefix that contains an address decides, of equal subnets the first row.

    A lookup is one binary search whatever the number of subnets and of prefix lengths: nested subnets are
    laid out once as ranges that do not overlap, each with the answer of its row.
    """

    def __init__(self, rows: Iterable[tuple[Subnet, Row]], answer: Callable[[Row], Answer]) -> None:
        self._rows: dict[Subnet, Row] = {}
        for subnet, row in rows:
            self._rows.setdefault(subnet, row)
        self._lengths = {
            version: sorted(
                {subnet.length for subnet in self._rows if subnet.version == version}, reverse=True
            )
            for version in (4, 6)
        }
        self._starts4, self._answers4 = self._ranges(4, answer)
        self._starts6, self._answers6 = self._ranges(6, answer)

    def find(self, address: str) -> Answer | None:
        """Give the answer of the longest prefix, or None when no subnet contains the address."""
        data = packed(address)
        if data is None:
            return None
        if len(data) == 4:
            return self._answers4[bisect_right(self._starts4, data) - 1]
        return self._answers6[bisect_right(self._starts6, data) - 1]

    def containing(self, subnet: Subnet) -> list[tuple[Subnet, Row]]:
        """Give every row whose subnet contains this one, or equals it, longest prefix first."""
        wider = (
            subnet.widened(length) for length in self._lengths[subnet.version] if length <= subnet.length
        )
        return [(network, self._rows[network]) for network in wider if network in self._rows]

    def _ranges(
        self, version: int, answer: Callable[[Row], Answer]
    ) -> tuple[list[bytes], list[Answer | None]]:
        """Lay the subnets out as sorted starts, each with the answer that holds until the next start."""
        bits = 32 if version == 4 else 128
        subnets = [subnet for subnet in self._rows if subnet.version == version]
        answers = {subnet: answer(self._rows[subnet]) for subnet in subnets}
        changes: dict[int, Answer | None] = {0: None}
        around: list[Subnet] = []

        def leave_before(position: int) -> None:
            while around and around[-1].end <= position:
                left = around.pop()
                changes[left.end] = answers[around[-1]] if around else None

        for subnet in sorted(subnets, key=attrgetter("network", "length")):
            leave_before(subnet.network)
            changes[subnet.network] = answers[subnet]
            around.append(subnet)
        leave_before(1 << bits)
        changes.pop(1 << bits, None)
        starts = sorted(changes)
        return [start.to_bytes(bits // 8, "big") for start in starts], [changes[start] for start in starts]
