"""Decisions per second of the auto-provisioning engine, beside a loop that only looks things up."""

import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from autoprovision.engine.decide import decide
from autoprovision.engine.explain import explain
from autoprovision.engine.facts import Facts
from autoprovision.engine.ruleset import Ruleset, compile_rules
from bench.rows import Row, at_most
from bench.stage import Stage

DEVICES = 5_000
EXPLAINED = 500
ROUNDS = 25
SITES = [f"Clinic {number:03}" for number in range(300)]
PROFILES = [f"Ward {letter}" for letter in "ABCDEFGHIJ"]
MODELS = ["AP32", "AP34", "AP43", "AP45"]
GOAL = 200_000


def measure(_stage: Stage) -> list[Row]:
    """One row per figure; the floor is a loop of ten dictionary lookups per device."""
    sizes = (10, 1_000, 10_000)
    fleets = {size: make_fleet(DEVICES, size) for size in sizes}
    rulesets = {size: make_ruleset(size) for size in sizes}
    # All loops take turns, so that a busy moment of the machine touches each of them.
    loops: dict[object, Callable[[], None]] = {
        size: _decisions(fleets[size], rulesets[size]) for size in sizes
    }
    loops["floor"] = _lookups(fleets[1_000])
    loops["explain"] = _explanations(fleets[1_000][:EXPLAINED], rulesets[1_000])
    seconds = _best(loops)
    floor = round(DEVICES / seconds["floor"])
    rows = [_rate(f"decisions, 10 rules, {size:,} subnets", DEVICES / seconds[size], floor) for size in sizes]
    slowdown = seconds[10_000] / seconds[10]
    rows.append(at_most("decisions, 10,000 subnets over 10", slowdown, "x", 1.5))
    cost = (seconds["explain"] / EXPLAINED) / (seconds[1_000] / DEVICES)
    rows.append(at_most("explanation over decision, 1,000 subnets", cost, "x", 10))
    return rows


def make_ruleset(subnets: int) -> Ruleset:
    """Compile 10 mixed rules, one of them a table of so many subnets with nested prefixes."""
    site_rules = [
        {"src": "lldp_system_name", "expression": "split(_)[1]"},
        *_subnet_rules(subnets),
        {"src": "dns_suffix", "expression": "split(.)[0][0:3]", "prefix": "Clinic "},
        {"src": "name", "expression": "split(-)[0]", "prefix": "Clinic "},
        {"src": "geoip", "match_country": "NL", "value": SITES[0]},
    ]
    profile_rules = [
        {"src": "lldp_system_name", "expression": "split(_)[2]", "prefix": "Ward "},
        {"src": "lldp_port_desc", "expression": "split(/)[0]"},
        {"src": "model", "model": "AP45", "value": PROFILES[0]},
    ]
    naming_rules = [
        {"src": "lldp_port_desc", "expression": "split(/)[1]"},
        {"src": "mac", "expression": "[-6:]", "prefix": "AP-", "match_model": "AP34"},
    ]
    setting = {
        "auto_site_assignment": {"enable": True, "rules": site_rules},
        "auto_deviceprofile_assignment": {"enable": True, "rules": profile_rules},
        "auto_device_naming": {"enable": True, "rules": naming_rules},
    }
    return compile_rules(setting, SITES, {"ap": PROFILES})


def make_fleet(count: int, subnets: int) -> list[Facts]:
    """Make access points of which each rule decides some, some are settled, and some match nothing.

    The mix is the same for every number of subnets: half of the addresses lie in a listed subnet.
    """
    rng = random.Random(20)
    listed = [rule["subnet"].partition("/")[0] for rule in _subnet_rules(subnets)]
    return [_make_device(rng, number, listed) for number in range(count)]


def _make_device(rng: random.Random, number: int, listed: list[str]) -> Facts:
    site, kind = rng.choice(SITES), rng.random()
    closet = site if kind < 0.3 else f"Closet {number}"
    settled = rng.random() < 0.15
    return Facts(
        mac=f"5c5b35{number:06x}",
        model=rng.choice(MODELS),
        name=f"{site[-3:]}-{number}" if rng.random() < 0.2 else "",
        site_name=site if settled else None,
        profile_name=PROFILES[0] if settled and rng.random() < 0.5 else None,
        lldp_system_name=f"East_{closet}_{rng.choice('ABCDXYZ')}" if rng.random() < 0.95 else None,
        lldp_port_desc=f"{rng.choice(['Ward B', 'uplink'])}/room {number}" if rng.random() < 0.7 else "ge-0",
        dns_suffix=f"{site[-3:] if kind > 0.8 else 'xyz'}.clinics.example.org",
        ip=rng.choice(listed) if kind < 0.5 else f"192.168.{rng.randrange(256)}.{rng.randrange(1, 255)}",
        geoip_country=rng.choice(["NL", "DE", "US"]),
    )


def _subnet_rules(count: int) -> Iterator[dict[str, str]]:
    """Give subnets of 10.0.0.0/8, of four prefix lengths, many inside others."""
    sizes = {16: 1 << 16, 20: 1 << 12, 24: 1 << 8, 28: 1 << 4}
    lengths = random.Random(6).choices(list(sizes), weights=(1, 9, 40, 50), k=2 * count)
    rng = random.Random(7)
    seen: set[tuple[int, int]] = set()
    for length in lengths:
        network = (10 << 24) + rng.randrange((1 << 24) // sizes[length]) * sizes[length]
        if (network, length) not in seen and len(seen) < count:
            seen.add((network, length))
            octets = ".".join(str(network >> shift & 255) for shift in (24, 16, 8, 0))
            yield {"src": "subnet", "subnet": f"{octets}/{length}", "value": rng.choice(SITES)}


def _decisions(fleet: list[Facts], ruleset: Ruleset) -> Callable[[], None]:
    def run() -> None:
        for facts in fleet:
            decide(facts, ruleset)

    return run


def _explanations(fleet: list[Facts], ruleset: Ruleset) -> Callable[[], None]:
    def run() -> None:
        for facts in fleet:
            explain(facts, ruleset)

    return run


def _lookups(fleet: list[Facts]) -> Callable[[], None]:
    """The floor: per device one lookup for each of 10 rules, in a table of 1,000 keys, and nothing else."""
    tables = [dict.fromkeys((*SITES, *(str(number) for number in range(700))), rule) for rule in range(10)]

    def run() -> None:
        for facts in fleet:
            key = facts.mac
            for table in tables:
                table.get(key)

    return run


def _best(loops: dict[Any, Callable[[], None]]) -> dict[Any, float]:
    best = dict.fromkeys(loops, float("inf"))
    for _ in range(ROUNDS):
        for name, run in loops.items():
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def _rate(name: str, figure: float, floor: float) -> Row:
    return Row(
        name,
        round(figure),
        "/s",
        floor=floor,
        floor_unit="/s",
        ratio=round(floor / figure, 1),
        goal=f"≥ {GOAL:,} /s",
        ok=figure >= GOAL,
    )
