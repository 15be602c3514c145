"""Modularity and similarity to the truth of igraph's Leiden, on planted graphs and on LastFM. Made with igraph 1.0.0:

    pip install igraph==1.0.0
    cargo build --release
    python tests/oracles/leiden_planted_igraph.py target/release/plaudit LASTFM > tests/oracles/leiden_planted_igraph.csv

LASTFM is the folder with `lastfm_asia_edges.csv` and `lastfm_asia_target.csv` (Rozemberczki, Sarkar 2020). The planted
graphs are written by `plaudit generate planted`; the CSV holds a digest of their edges for the test to compare.
Similarity (column `likeness`) is by igraph too: normalized mutual information, for LastFM the adjusted Rand index.
"""

import csv
import hashlib
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

import igraph

RUNS = 11
SIZES = "--nodes 30000 --degree 20 --max-degree 200 --smallest 500 --largest 2000 --seed 1".split()
MIXINGS = ("0.3", "0.5", "0.6")


def planted(program, mixing, folder):
    command = [program, "generate", "planted", *SIZES, "--mixing", mixing, "-o", folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    text = (folder / "edges.el").read_bytes()
    edges = [tuple(map(int, line.split())) for line in text.decode().splitlines()]
    with open(folder / "truth.csv") as rows:
        truth = [int(row["community"]) for row in csv.DictReader(rows)]
    return igraph.Graph(n=len(truth), edges=edges), truth, hashlib.sha256(text).hexdigest()[:16]


def lastfm(folder):
    text = (folder / "lastfm_asia_edges.csv").read_bytes()
    edges = [tuple(map(int, line.split(","))) for line in text.decode().splitlines()[1:]]
    with open(folder / "lastfm_asia_target.csv") as rows:
        country = {int(row["id"]): int(row["target"]) for row in csv.DictReader(rows)}
    truth = [country[v] for v in range(len(country))]
    return igraph.Graph(n=len(truth), edges=edges).simplify(), truth, hashlib.sha256(text).hexdigest()[:16]


def row(name, g, truth, digest, likeness):
    cells = [name, g.vcount(), g.ecount(), digest]
    for n_iterations in (2, -1):
        modularity, alike = [], []
        for seed in range(RUNS):
            random.seed(seed)
            part = g.community_leiden("modularity", n_iterations=n_iterations)
            modularity.append(g.modularity(part))
            alike.append(igraph.compare_communities(part.membership, truth, method=likeness))
        cells += [f"{statistics.median(modularity):.6f}", f"{statistics.median(alike):.6f}"]
    print(",".join(map(str, cells)), flush=True)


def main():
    program, data = (pathlib.Path(path).resolve() for path in sys.argv[1:])
    print("graph,nodes,edges,digest,modularity_2,likeness_2,modularity_converged,likeness_converged")
    for mixing in MIXINGS:
        with tempfile.TemporaryDirectory() as folder:
            row(f"planted {mixing}", *planted(program, mixing, pathlib.Path(folder) / "g"), "nmi")
    row("lastfm", *lastfm(data), "adjusted_rand")


main()
