"""`python3 run.py fuzz`: cases of our API document and malformed requests against an instance of its own.

Ends with 1 when there was a server error, a broken schema, another failed check, an operation that could not
be tried, fewer cases than asked for, a hang, a slow hundredth, or an end of the server. A run is repeated by
its seed; the ids of objects are new each time.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from tests.fuzz.instance import Instance, running

# So many cases and malformed requests are the figure (docs/operations.md).
CASES, RAW = 20_000, 5_000
LOG = Path(tempfile.gettempdir()) / "mistadmin-fuzz-server.log"
PHASES = ("examples", "coverage", "fuzzing", "stateful")


def main() -> int:
    options = _options()
    # An end from outside takes the instance along, too.
    signal.signal(signal.SIGTERM, _interrupt)
    with running(keep_log=options.log) as instance:
        import django

        django.setup()
        return _run(options, instance)


def _run(options: argparse.Namespace, instance: Instance) -> int:
    from tests.fuzz.addresses import addresses
    from tests.fuzz.callers import Callers
    from tests.fuzz.campaign import Campaign
    from tests.fuzz.raw import Outcome, requests, send_all
    from tests.fuzz.report import Tally, Verdict
    from tests.fuzz.scene import Scene
    from tests.world import build_world

    scene = Scene(build_world(), random.Random(options.seed))
    tally, outcome = Tally(), Outcome()
    if options.cases:
        campaign = Campaign(scene, instance.url, tally, options.seed)
        campaign.run(options.examples, options.chains, phases=options.phases, only=options.only)
    if options.raw:
        print(f"{options.raw:,} malformed requests …", flush=True)
        known = addresses(scene, Callers(scene), f"127.0.0.1:{instance.port}")
        outcome = send_all(instance.port, requests(known, options.seed, options.raw))
    verdict = Verdict.of(tally, outcome, options.cases, instance)
    print(verdict.table(options.seed))
    return 0 if verdict.is_good else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="repeat the run of this seed"
    )
    parser.add_argument(
        "--cases", type=int, default=CASES, help=f"fewer are a failure (default {CASES:,}); 0: none"
    )
    parser.add_argument("--raw", type=int, default=RAW, help=f"malformed requests (default {RAW:,})")
    parser.add_argument("--examples", type=int, default=40, help="fuzzed cases per operation (default 40)")
    parser.add_argument("--chains", type=int, default=300, help="chains of calls (default 300)")
    parser.add_argument("--phases", type=lambda text: text.split(","), default=PHASES, help="some of them")
    parser.add_argument("--only", default="", metavar="REGEX", help="operations whose path has this in it")
    parser.add_argument("--log", type=Path, default=LOG, help=f"where the server's log goes (default {LOG})")
    return parser.parse_args()


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
