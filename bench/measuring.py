"""The runs: each scenario on the product and on the tutorial's server in turn, so that the machine's moods hit both.

The server has the first core to itself, the generator the second, where there are two.
"""

import os
import shutil
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.figures import Result, Run, Series, figures_of
from bench.generator import Generator, Load, LoadFailed, Seat, compile_generator
from bench.report import print_table, write_json
from bench.scenarios import Scenario, chosen
from bench.servers import Product, Server, ServerFailed, Tutorial
from bench.services import check, services
from tools import ROOT

FOLDER = ROOT / "var" / "bench"  # on the disk of the checkout: a folder in memory would make fsync free
VIOLATED = 1  # exit code


def main(options: Namespace) -> int:
    """Measure, print, write. 1 when the product broke a promise."""
    check(options.db, options.workers)
    program = compile_generator(FOLDER)
    results: list[Result] = []
    for scenario in chosen(options.scenarios):
        rate = scenario.share_of_classrooms * _classrooms(results)
        results.append(_measure(program, scenario, options, rate))
    path = options.json or FOLDER / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    write_json(path, results, {"db": options.db, "workers": options.workers})
    print_table(results)
    print(f"\n{path}")
    broken = any(any(result.product.violations.values()) or result.product.failure for result in results)
    return VIOLATED if broken else 0


def _classrooms(results: list[Result]) -> float:
    """What it reached in this call, messages a second."""
    return next((result.product.middle("messages_per_s") or 0.0 for result in results), 0.0)


def _measure(program: Path, scenario: Scenario, options: Namespace, rate: float) -> Result:
    result = Result(scenario, Series(), Series())
    series: list[tuple[type[Server], Series]] = [(Product, result.product)]
    if scenario.has_tutorial and not options.no_tutorial:
        series.append((Tutorial, result.tutorial))
    for number in range(1, options.repeats + 1):
        for kind, runs in series:
            print(f"  {scenario.name}, {kind.__name__.lower()}, {number} of {options.repeats} …", flush=True)
            try:
                runs.runs.append(_run(program, kind, scenario, options, rate))
            except (LoadFailed, ServerFailed) as problem:
                runs.failure = str(problem)
                print(f"  {problem}", file=sys.stderr)
    return result


def _run(program: Path, kind: type[Server], scenario: Scenario, options: Namespace, rate: float) -> Run:
    """One server, fresh, on a fresh database."""
    with _folder() as folder, _server(kind, folder, options) as server:
        seats = server.prepare(scenario)
        server.start()
        load = _load(server, scenario, seats, options.seconds, rate)
        generator = Generator(program, load, folder, core=None if server.core is None else cores()[1])
        try:
            _watch(generator, server, scenario)
        finally:
            generator.end()
        violations: dict[str, int] = dict(generator.phases["violations"])
        if isinstance(server, Product) and generator.log is not None and scenario.senders:
            violations |= server.findings(generator.log)
        return Run(figures_of(scenario, generator.phases), violations)


@contextmanager
def _server(kind: type[Server], folder: Path, options: Namespace) -> Iterator[Server]:
    """Not started yet; ended in any case. Several workers share all cores with the generator."""
    server = kind(folder, core=cores()[0])
    with ExitStack() as ends:
        if isinstance(server, Product):
            server.services = ends.enter_context(services(options.db, options.workers))
            server.workers = options.workers
            server.core = server.core if options.workers == 1 else None
        ends.callback(server.stop)
        yield server


def _load(server: Server, scenario: Scenario, seats: list[Seat], seconds: float, rate: float) -> Load:
    return Load(
        port=server.port,
        origin=server.origin,
        protocol=server.protocol,
        mode=scenario.mode,
        seats=seats,
        processes=server.processes,
        seconds=max(seconds, scenario.least_seconds),
        in_flight=scenario.in_flight,
        per_second=rate,
        at_once=server.at_once,
    )


def _watch(generator: Generator, server: Server, scenario: Scenario) -> None:
    generator.wait_for("connected")
    if scenario.mode == "storm":
        server.stop()
        server.start()
        generator.tell("back " + " ".join(map(str, server.processes)))
    generator.wait_for("violations")


@contextmanager
def _folder() -> Iterator[Path]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=FOLDER))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def cores() -> tuple[int | None, int | None]:
    """One for the server, one for the generator; None where there is but one."""
    there = sorted(os.sched_getaffinity(0))
    return (there[0], there[1]) if len(there) > 1 else (None, None)
