"""Draw the rule graph of the demo into an SVG: `make rulegraph`. No Graphviz needed."""

import re
import subprocess
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

plt.rcParams.update({"svg.hashsalt": "vimusic", "svg.fonttype": "none"})
COLUMN, ROW = 2.0, 0.75


def reaches(edges, start, end):
    """Whether a chain of ``edges`` leads from ``start`` to ``end``."""
    following = {b for a, b in edges if a == start}
    return end in following or any(reaches(edges, name, end) for name in following)


def main(path):
    dot = subprocess.run(
        ["snakemake", "--rulegraph", "dot", "--forceall", "--configfile", "configs/demo.yaml"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = dict(re.findall(r'(\d+)\[label = "(\w+)"', dot))
    edges = [(names[a], names[b]) for a, b in re.findall(r"(\d+) -> (\d+)", dot)]
    # An arrow that a chain of others already tells is left out, and so is the target "all".
    edges = [(a, b) for a, b in edges if b != "all"]
    edges = [(a, b) for a, b in edges if not reaches(set(edges) - {(a, b)}, a, b)]
    names = {k: name for k, name in names.items() if name != "all"}
    # Layers by longest path from the sources, so that every arrow points right.
    depth = dict.fromkeys(names.values(), 0)
    for _ in depth:
        for start, end in edges:
            depth[end] = max(depth[end], depth[start] + 1)
    place, layers = {}, {}
    for name in sorted(depth, key=lambda name: (depth[name], name)):
        layers.setdefault(depth[name], []).append(name)
    for column, layer in layers.items():
        for k, name in enumerate(layer):
            place[name] = (column * COLUMN, (k - (len(layer) - 1) / 2) * ROW)
    longest = max(map(len, layers.values()))
    figure, axis = plt.subplots(figsize=(1.35 * len(layers), 0.65 * longest))
    for start, end in edges:
        axis.annotate(
            "",
            xy=place[end],
            xytext=place[start],
            arrowprops={"arrowstyle": "-|>", "color": "0.6", "shrinkA": 22, "shrinkB": 26},
        )
    for name, (x, y) in place.items():
        box = {"boxstyle": "round,pad=0.3", "facecolor": "#e8eef7", "edgecolor": "0.4"}
        axis.text(x, y, name.replace("_", "\n"), ha="center", va="center", fontsize=8, bbox=box)
    columns = [x for x, _ in place.values()]
    height = longest * ROW / 2 - 0.2
    axis.set(xlim=(-1, max(columns) + 1), ylim=(-height, height))
    axis.axis("off")
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    text = Path(path).read_text()
    Path(path).write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
