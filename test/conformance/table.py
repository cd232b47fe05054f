"""Results as Markdown: python -m conformance.table FILE NAME=RESULTS...

writes the table of results, each under its name, between the markers of a file. The first results say which cases there
are.
"""

import json
import pathlib
import sys

from .case import KINDS
from .model import OPERATIONS, SUITES

MARKER = "<!-- conformance -->"
TITLES = {
    "rekognition": "Rekognition Custom Labels",
    "appstream": "AppStream, over JSON",
    "appstream-cbor": "AppStream, over CBOR",
}  # of suites
OURS = {"unserved"}  # kinds that no other server can be held to


def scores(columns):
    """Two tables for each suite, by kind and by operation, of the cases that hold. Columns are results by name."""
    rows = {kind: f"{kind}: {words}" for kind, words in KINDS.items()}
    first = next(iter(columns.values()))
    for suite in dict.fromkeys(r["suite"] for r in first):
        own = {name: [r for r in results if r["suite"] == suite] for name, results in columns.items()}
        yield from ("", f"### {TITLES[suite]}", "")
        yield from _table("kind", rows, own)
        yield ""
        yield from _table("operation", {name: name for name in OPERATIONS[SUITES[suite][0]]}, own)


def _table(key, rows, columns):
    first = next(iter(columns.values()))
    yield "| " + " | ".join([key, "cases", "need not hold", *columns]) + " |"
    yield "|" + "|".join(["---"] + ["---:"] * (2 + len(columns))) + "|"
    total = [0] * (2 + len(columns))
    for name, title in rows.items():
        cases = [r for r in first if r[key] == name]
        if not cases:
            continue
        ids = {r["id"] for r in cases}
        numbers = [len(cases), sum(bool(r["known"]) for r in cases)]
        numbers += [sum(r["id"] in ids and not r["problem"] for r in results) for results in columns.values()]
        total = [t + n for t, n in zip(total, numbers)]
        yield _row(title, numbers[:3] + [None if name in OURS else n for n in numbers[3:]])
    if key == "kind":
        yield _row("all", total)


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
    lines = list(scores({name: json.loads(pathlib.Path(path).read_text()) for name, path in named.items()}))
    print("\n".join(lines))
    path = pathlib.Path(file)
    path.write_text(put(path.read_text(), lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
