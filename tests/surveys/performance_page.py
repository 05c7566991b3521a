# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of docs/performance.md, from one run of `ha2g bench --json`.

ha2g bench --json > bench.json; python tests/surveys/performance_page.py bench.json
"""

import argparse
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- ha2g bench -->", "<!-- end of ha2g bench -->"


def number(value):
    """Three figures, as people write them."""
    return f"{float(f'{value:.3g}'):,g}"


def row(told):
    """A line of the table."""
    if "median" not in told:
        return f"| {told['work']} | {told['goal']} | – | {told['why_not']} |"
    spread = f"{number(told['least'])} to {number(told['most'])}"
    reached = "" if told["reached"] else "**not reached**"
    return f"| {told['work']} | {told['goal']} | {number(told['median'])} ({spread}) | {reached} |"


def table(bench):
    """The machine in a sentence, and the rows."""
    machine = bench["machine"]
    facts = (
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load']} when it began, "
        f"GPU: {machine['gpu']}; Python {machine['python']}, torch {machine['torch']}, NumPy "
        f"{machine['numpy']}. One core, at most: {number(machine['gflops'])} GFLOP/s in float32, "
        f"{number(machine['near_gb_s'])} GB/s of what a layer's weights are, "
        f"{number(machine['far_gb_s'])} GB/s of memory."
    )
    head = ["| work | goal | median (least to most) | |", "|---|---|---|---|"]
    return "\n".join([facts, "", *head, *map(row, bench["rows"])])


def filled(text, bench):
    """TEXT with the table between its two marks."""
    return re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{table(bench)}\n{END}", text, flags=re.S)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bench", type=Path, help="what `ha2g bench --json` printed")
    bench = json.loads(parser.parse_args().bench.read_text("utf-8"))
    PAGE.write_text(filled(PAGE.read_text("utf-8"), bench), "utf-8")


if __name__ == "__main__":
    main()
