#!/usr/bin/env python3
"""Measures the k-hop audiences of all nodes beside HyperBall of the webgraph tools, in one run on one machine.

    reach.py [--plaudit BINARY] [--webgraph FOLDER] [--passes N] [--threads N] GRAPH.el SCRATCH

Both tools estimate every node with byte registers and count no node exactly: `plaudit algo reach --exact-edges 0
--exact-top 0`, and `webgraph-dist hyperball --hll8` on the transpose with the graph beside it, so that both follow
in-edges and the webgraph tools can use systolic iterations. Measured are 64 and 256 registers, with 2 hops and until no
sketch changes. The tools take turns. The times are those of the kernels: `compute_s` of plaudit, and for webgraph the
time from its first iteration to its last by its log. GRAPH.el holds `source target` lines with numbers from 0, as
`kronecker` writes them. Its compressed form is kept in SCRATCH. FOLDER holds the binaries that `cargo install
webgraph-cli` installs.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess

from measuring import median

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# More hops than any shortest path of a social graph; the maximum that `plaudit algo` accepts.
TO_THE_END = 64


def webgraph(folder, tool, *words, stdin=None):
    command = [os.path.join(folder, tool), *map(str, words)]
    environment = os.environ | {"RUST_MIN_STACK": "8388608", "RUST_LOG": "info"}
    done = subprocess.run(command, env=environment, stdin=stdin, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout + done.stderr


def compress(args):
    """Writes the graph and its transpose in the format of webgraph; returns the names of both files."""
    forward, back = args.scratch / args.graph.stem, args.scratch / f"{args.graph.stem}-t"
    if not back.with_suffix(".ef").exists():
        with open(args.graph) as lines:
            nodes = 1 + max(max(map(int, line.split()[:2])) for line in lines)
        with open(args.graph) as lines:
            words = ["from", "arcs", "--num-nodes", nodes, "--separator", " ", forward]
            webgraph(args.webgraph, "webgraph", *words, stdin=lines)
        webgraph(args.webgraph, "webgraph", "build", "ef", forward)
        webgraph(args.webgraph, "webgraph", "transform", "transpose", forward, back)
        for name in (forward, back):
            webgraph(args.webgraph, "webgraph", "build", "ef", name)
            webgraph(args.webgraph, "webgraph", "build", "dcf", name)
    return forward, back


def theirs(args, graphs, registers, hops):
    forward, back = graphs
    answer = args.scratch / "reachable.txt"
    bound = [] if hops == TO_THE_END else ["--upper-bound", hops]
    words = ["hyperball", "--hll8", "-m", registers.bit_length() - 1, "-t", args.threads, *bound]
    log = webgraph(args.webgraph, "webgraph-dist", *words, "--reachable-nodes", answer, back, forward)
    stamp = r"^\S+ \S+ ((?:\d+m)?(?:\d+s)?\d+ms) .*"
    first = re.search(stamp + "Performing iteration 1$", log, re.M)
    last = list(re.finditer(stamp + r"\d+ iterations?, .*iteration", log, re.M))[-1]
    seconds = moment(last[1]) - moment(first[1])
    with open(answer) as lines:
        # webgraph counts the node itself as well.
        return seconds, sum(float(line) - 1 for line in lines)


def moment(text):
    minutes, seconds, thousandths = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?(\d+)ms", text).groups("0")
    return 60 * int(minutes) + int(seconds) + int(thousandths) / 1000


def ours(args, registers, hops):
    timings = args.scratch / "timings.json"
    words = ["algo", "reach", args.graph, "--exact-edges", 0, "--exact-top", 0, "--hops", hops]
    words += ["--registers", registers, "--threads", args.threads, "--timings", timings, "-o", os.devnull]
    subprocess.run([str(word) for word in [args.plaudit, *words]], check=True)
    figures = json.loads(timings.read_text())
    return figures["compute_s"], figures["reach_sum"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=pathlib.Path)
    parser.add_argument("scratch", type=pathlib.Path)
    parser.add_argument("--plaudit", default=ROOT / "target/release/plaudit")
    parser.add_argument("--webgraph", default=os.path.expanduser("~/.cargo/bin"))
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    args.scratch.mkdir(parents=True, exist_ok=True)
    graphs = compress(args)
    print("| registers | hops | webgraph, s | plaudit, s | ratio of medians | of the fastest | sums of reach |")
    print("|---|---|---|---|---|---|---|")
    for registers in (64, 256):
        for hops in (2, TO_THE_END):
            rounds = [(theirs(args, graphs, registers, hops), ours(args, registers, hops)) for _ in range(args.passes)]
            them, us = ([of[tool][0] for of in rounds] for tool in (0, 1))
            sums = " and ".join(f"{rounds[0][tool][1]:.4g}" for tool in (0, 1))
            name = "to the end" if hops == TO_THE_END else hops
            seconds = [f"{median(times):.3f} ({min(times):.3f})" for times in (them, us)]
            ratios = [f"{of(them) / of(us):.1f}" for of in (median, min)]
            print(f"| {registers} | {name} | {' | '.join(seconds)} | {' | '.join(ratios)} | {sums} |", flush=True)


if __name__ == "__main__":
    main()
