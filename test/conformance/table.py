"""Results as Markdown: python -m conformance.table FILE NAME=RESULTS...

writes the table of results, each under its name, between the markers of a file. The first results say which cases there
are.
"""

import json
import pathlib
import sys

from .case import KINDS
from .model import UNSPOKEN, operations, others, service_name, speaking, unserved_waiters

MARKER = "<!-- conformance -->"
TITLES = {
    "rekognition": "Rekognition Custom Labels",
    "appstream": "AppStream, over JSON",
    "appstream-cbor": "AppStream, over CBOR",
    "cloudwatch": "CloudWatch, over JSON",
    "cloudwatch-cbor": "CloudWatch, over CBOR",
    "cloudwatch-query": "CloudWatch, over the query protocol",
}  # of suites
OURS = {"unserved"}  # kinds that no other server can be held to


def scores(columns):
    """Two tables for each suite, by kind and by operation, of the cases that hold. Columns are results by name."""
    rows = {kind: f"{kind}: {words}" for kind, words in KINDS.items()}
    first = next(iter(columns.values()))
    for suite in dict.fromkeys(r["suite"] for r in first):
        own = {name: [r for r in results if r["suite"] == suite] for name, results in columns.items()}
        yield from ("", f"### {TITLES[suite]}", "")
        with speaking(suite):
            yield from _table("kind", rows, own)
            if operations():
                yield ""
                yield from _table("operation", {name: name for name in operations()}, own)


def gaps(suites):
    """What of the services that the suites are of is not served, and is told so: the cases of the kind unserved."""
    yield from ("", "### Not served", "")
    told = set()  # services
    for suite in suites:
        with speaking(suite):
            name = TITLES[suite]
            if suite in UNSPOKEN:
                yield f"- {name}: all {len(others())} operations of the service."
            elif service_name() not in told:
                told.add(service_name())
                waiters = f"; its waiters {', '.join(unserved_waiters())}" if unserved_waiters() else ""
                yield f"- {name.split(',')[0]}, {len(others())} operations: {', '.join(others())}{waiters}."


def _table(key, rows, columns):
    first = next(iter(columns.values()))
    yield "| " + " | ".join([key, "cases", "need not hold", *columns]) + " |"
    yield "|" + "|".join(["---"] + ["---:"] * (2 + len(columns))) + "|"
    total, theirs = [0] * (2 + len(columns)), False
    for name, title in rows.items():
        cases = [r for r in first if r[key] == name]
        if not cases:
            continue
        ids = {r["id"] for r in cases}
        numbers = [len(cases), sum(bool(r["known"]) for r in cases)]
        numbers += [sum(r["id"] in ids and not r["problem"] for r in results) for results in columns.values()]
        theirs = theirs or name not in OURS
        total = [t + n for t, n in zip(total, numbers)]
        yield _row(title, numbers[:3] + [None if name in OURS else n for n in numbers[3:]])
    if key == "kind":
        yield _row("all", total if theirs else total[:3] + [None] * (len(columns) - 1))


def _row(title, numbers):
    return "| " + " | ".join([title, *("-" if n is None else str(n) for n in numbers)]) + " |"


def put(text, lines):
    """The text with the lines between its two markers, which are added at its end where it has none."""
    if MARKER not in text:
        text += f"\n## Conformance\n\n{MARKER}{MARKER}\n"
    before, _, after = text.split(MARKER)
    return before + MARKER + "\n" + "\n".join(lines) + "\n" + MARKER + after


def main(file, *columns):
    named = dict(column.split("=", 1) for column in columns)
    results = {name: json.loads(pathlib.Path(path).read_text()) for name, path in named.items()}
    first = next(iter(results.values()))
    lines = [*scores(results), *gaps(dict.fromkeys(r["suite"] for r in first))]
    print("\n".join(lines))
    path = pathlib.Path(file)
    path.write_text(put(path.read_text(), lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
