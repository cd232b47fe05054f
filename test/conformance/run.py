"""Runs the suite against an endpoint and prints what came of it."""

import argparse
import fnmatch
import json
import os
import pathlib
import sys
import time
import tomllib
from dataclasses import asdict, dataclass

from . import (
    choices,
    choices_figures,
    choices_images,
    constraints,
    errors,
    errors_figures,
    errors_images,
    model,
    pages,
    query,
    responses,
    responses_figures,
    responses_images,
    responses_models,
    table,
    waiters,
    wire,
)
from .case import KINDS, World
from .client import Client
from .figures import Figures
from .images import Images
from .story import Story

KNOWN = pathlib.Path(__file__).with_name("known.toml")
SOURCES = {
    "rekognition": (constraints, wire, choices, errors, pages, responses, responses_models, waiters),
    "appstream": (constraints, wire, choices_images, errors_images, pages, responses_images),
    "cloudwatch": (constraints, wire, choices_figures, errors_figures, pages, responses_figures),
}  # of cases, by service
STORIES = {"rekognition": Story, "appstream": Images, "cloudwatch": Figures}


@dataclass
class Result:
    """What came of a case."""

    suite: str
    id: str
    kind: str
    operation: str
    seconds: float
    problem: str = ""  # empty: it holds
    known: str = ""  # the reason why it need not


def every_case():
    """All cases of the suite in the order in which they run."""
    sources = (query,) if model.suite() in model.UNSPOKEN else SOURCES[model.service_name()]
    found = [case for source in sources for case in source.cases()]
    ids = [case.id for case in found]
    assert len(set(ids)) == len(ids), f"two cases of one name: {next(i for i in ids if ids.count(i) > 1)}"
    order = list(KINDS)
    return sorted(found, key=lambda case: order.index(case.kind))


def reasons(path):
    """The cases that need not hold: [(pattern of a case's name, reason)]."""
    return [
        (pattern, entry["reason"])
        for entry in tomllib.loads(path.read_text()).get("known", [])
        for pattern in entry["cases"]
    ]


def run(cases, world, known, progress):
    results = []
    for n, case in enumerate(cases, 1):
        began, problem = time.monotonic(), ""
        progress.show(n, len(cases), case)
        try:
            case.run(world)
        except Exception as e:  # whatever it is, the case does not hold
            problem = f"{type(e).__name__}: {e}"
        why = next((reason for pattern, reason in known if fnmatch.fnmatchcase(case.id, pattern)), "")
        took = round(time.monotonic() - began, 3)
        results.append(Result(model.suite(), case.id, case.kind, case.operation, took, problem, why))
    progress.done()
    return results


class Progress:
    """A line on standard error that says where the run is: rewritten on a terminal, else one for every kind."""

    def __init__(self):
        self.live, self.kind, self.last = sys.stderr.isatty(), "", 0.0

    def show(self, n, of, case):
        now = time.monotonic()
        if self.live and now - self.last > 0.2:
            self.last = now
            print(f"\r\033[K{n}/{of} {case.id[:100]}", end="", file=sys.stderr, flush=True)
        elif not self.live and case.kind != self.kind:
            print(f"{n}/{of} {case.kind}: {KINDS[case.kind]}", file=sys.stderr, flush=True)
        self.kind = case.kind

    def done(self):
        if self.live:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def report(results, out=sys.stdout):
    """Prints the table and every failure. Gives whether all is well: nothing fails but what is known to, and what is
    known to fail does."""
    print("\n".join(table.scores({"hold": [asdict(r) for r in results]})), file=out)
    failed = [r for r in results if r.problem and not r.known]
    stale = [r for r in results if not r.problem and r.known]
    for r in failed:
        print(f"FAILED {r.id}\n       {r.problem}", file=out)
    for r in stale:
        print(f"HOLDS  {r.id}\n       take it out of known.toml, where it stands with: {r.known}", file=out)
    return not failed and not stale


def main(argv=None):
    p = argparse.ArgumentParser(
        prog="conformance", description="Runs cases made from the service model against an endpoint."
    )
    p.add_argument("--endpoint", default=os.environ.get("AWS_ENDPOINT_URL"), help="URL of the server; AWS_ENDPOINT_URL")
    p.add_argument("--suite", default="rekognition", choices=list(model.SUITES), help="which cases")
    p.add_argument("--profile", default="default", help="profile of the account that the cases belong to")
    p.add_argument("--other", default="other", help="profile of another account")
    p.add_argument("--user", help="profile of a user of the first account who may do nothing")
    p.add_argument(
        "--limited",
        metavar="URL",
        help="a second server that allows 2 trainings, 1 running model and 1 copy at a "
        "time and 4 calls a second; profiles limited and limited-other",
    )
    p.add_argument("--data", default="", help="the server's data folder: for cases that destroy a file of it")
    p.add_argument("--only", metavar="KIND", action="append", choices=list(KINDS), help=f"one of {', '.join(KINDS)}")
    p.add_argument("--operation", metavar="OP", action="append", help="cases of one operation")
    p.add_argument(
        "--match", metavar="PATTERN", default="*", help="cases whose names match, such as 'bound/*/MaxResults*'"
    )
    p.add_argument("--skip", metavar="PATTERN", default="", help="no cases whose names match")
    p.add_argument("--list", action="store_true", help="print the names of the cases and end")
    p.add_argument("--json", metavar="FILE", help="write the results")
    p.add_argument("--known", metavar="FILE", type=pathlib.Path, default=KNOWN, help="failures that have a reason")
    a = p.parse_args(argv)

    model.choose(a.suite)
    cases = [
        c
        for c in every_case()
        if (not a.only or c.kind in a.only)
        and (not a.operation or c.operation in a.operation)
        and fnmatch.fnmatchcase(c.id, a.match)
        and not fnmatch.fnmatchcase(c.id, a.skip)
    ]
    if a.list:
        print("\n".join(c.id for c in cases))
        return 0
    if not a.endpoint:
        p.error("--endpoint or AWS_ENDPOINT_URL says where the server is")
    began = time.monotonic()
    client, other = Client(a.endpoint, a.profile), Client(a.endpoint, a.other)
    user = Client(a.endpoint, a.user) if a.user else None
    tell = STORIES[model.service_name()]
    limited = tell(Client(a.limited, "limited"), Client(a.limited, "limited-other")) if a.limited else None
    story = tell(client, other)
    try:
        results = run(cases, World(client, other, story, user, limited, a.data), reasons(a.known), Progress())
    finally:
        story.clear()
    if a.json:
        pathlib.Path(a.json).write_text(json.dumps([asdict(r) for r in results], indent=1) + "\n")
    well = report(results)
    print(f"{len(results)} cases in {time.monotonic() - began:.0f} s")
    return 0 if well else 1
