#!/usr/bin/env python3
"""Measures plaudit beside NetworKit, igraph and the crates graph_builder and graph, in one run on one machine.

    peers.py higgs FOLDER [ACTIVITY.gz]   writes higgs.el and higgs-weighted.el from the SNAP activity log
    peers.py networkit|igraph FILE        times one tool on one file; prints JSON
    peers.py all [options] NAME.el ...    times all tools on each file; prints tables in Markdown
    peers.py communities [options] NAME.el ...   times and judges Leiden beside other tools' community detection
    peers.py community networkit|igraph FILE LABELS   times one of these tools on one file; prints JSON, writes labels

`all` runs this file again, and the binaries `plaudit` and `peers` (both built with --release), pinned to one CPU and to
two, each in a process of its own; the processes of fast tools take turns. Beside NAME.el it takes the same edges with
other ids from NAME-u64.el and NAME-str.el and with weights from NAME-weighted.el, if these files exist (`kronecker`
writes them). `communities` takes the truth from NAME.truth.csv if that file exists, as `plaudit generate planted`
writes it. NAME.el holds `source target` lines with small integers for ids, without repeats and loops.
"""
import argparse
import gzip
import json
import os
import pathlib
import platform
import sys
import tempfile

import communities
from measuring import median, peak_rss_bytes, pinned, timed

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOLERANCE = "1e-8"


def write_ranks(path, nodes, scores):
    """Writes node and score, 8 bytes each."""
    import numpy as np

    np.array(list(zip(nodes, scores)), dtype=[("node", "<u8"), ("score", "<f8")]).tofile(path)


# --- The tools that are Python packages


def networkit(args):
    import networkit as nk

    threads = len(os.sched_getaffinity(0))
    nk.setNumberOfThreads(threads)
    read = lambda: nk.graphio.EdgeListReader(" ", 0, "#", True, True).read(args.file)
    # Reads the same lines with another parser, which does not support weights.
    read_snap = lambda: nk.graphio.SNAPGraphReader(True, False, 0).read(args.file)
    load_s, g = timed(args.reads, read)
    del g
    snap_s, g = timed(args.reads, read_snap)
    nodes = [v for v in g.iterNodes() if g.degreeIn(v) + g.degreeOut(v) > 0]
    figures = {"nodes": len(nodes), "slots": g.numberOfNodes(), "edges": g.numberOfEdges(), "load_s": load_s}
    figures["load_snap_s"] = snap_s
    for name, norm in (("pagerank L2 1e-8", nk.centrality.Norm.L2_NORM), ("pagerank L1 1e-8", nk.centrality.Norm.L1_NORM)):
        def rank():
            rank = nk.centrality.PageRank(
                g, 0.85, float(TOLERANCE), distributeSinks=nk.centrality.SinkHandling.DistributeSinks
            )
            rank.norm = norm
            return rank.run()

        seconds, rank = timed(args.repeats, rank)
        scores = rank.scores()
        figures[name] = {"seconds": seconds, "rounds": rank.numberOfIterations(), "sum": sum(scores[v] for v in nodes)}
        if args.ranks:
            write_ranks(args.ranks + name.removeprefix("pagerank").replace(" ", "-"), nodes, (scores[v] for v in nodes))
    seconds, cores = timed(args.repeats, lambda: nk.centrality.CoreDecomposition(g).run())
    figures["cores"] = {"seconds": seconds, "max": cores.maxCoreNumber(), "sum": sum(cores.scores())}
    return figures | {"threads": threads, "version": nk.__version__}


def igraph(args):
    import igraph as ig

    load_s, g = timed(args.reads, lambda: ig.Graph.Read_Edgelist(args.file, directed=True))
    nodes = [v for v, degree in enumerate(g.degree()) if degree > 0]
    figures = {"nodes": len(nodes), "slots": g.vcount(), "edges": g.ecount(), "load_s": load_s}
    seconds, scores = timed(args.repeats, lambda: g.pagerank(implementation="prpack"))
    figures["pagerank"] = {"seconds": seconds, "rounds": None, "sum": sum(scores[v] for v in nodes)}
    if args.ranks:
        write_ranks(args.ranks, nodes, (scores[v] for v in nodes))
    seconds, cores = timed(args.repeats, lambda: g.coreness(mode="all"))
    figures["cores"] = {"seconds": seconds, "max": max(cores), "sum": sum(cores)}
    seconds, (hubs, authorities) = timed(args.repeats, lambda: (g.hub_score(), g.authority_score()))
    figures["hits"] = {"seconds": seconds, "hubs": sum(hubs) / max(hubs), "authorities": sum(authorities) / max(authorities)}
    return figures | {"threads": 1, "version": ig.__version__}


def higgs(args):
    """Distinct pairs of two people, in order of first appearance; the weight is how often the pair occurs."""
    data = pathlib.Path(os.environ.get("PLAUDIT_DATA", ROOT / "../shared/data"))
    counts = {}
    with gzip.open(args.activity or data / "higgs/higgs-activity_time.txt.gz", "rt") as rows:
        for row in rows:
            actor, target, *_ = row.split()
            if actor != target:
                counts[actor, target] = counts.get((actor, target), 0) + 1
    for name, line in (("higgs.el", "{} {}\n"), ("higgs-weighted.el", "{} {} {}\n")):
        with open(pathlib.Path(args.folder) / name, "w") as out:
            out.writelines(line.format(*pair, count) for pair, count in counts.items())
    print(f"{len(counts)} edges", file=sys.stderr)


# --- All tools


class Bench:
    """Runs processes on a given number of CPUs and keeps their output."""

    def __init__(self, args, cpus, scratch):
        self.args, self.cpus, self.scratch = args, cpus, scratch

    def run(self, command, must=True):
        done = pinned(command, self.cpus)
        if done.returncode == 0:
            return done.stdout
        if must:
            sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
        return None

    def rust(self, tool, file, *options):
        figures = json.loads(self.run([self.args.peers, tool, file, *options]))
        if figures["threads"] != self.cpus:
            sys.exit(f"{tool} would start {figures['threads']} threads on {self.cpus} CPUs")
        return figures

    def python(self, tool, file, ranks):
        words = [tool, file, "--repeats", self.args.repeats, "--reads", self.args.reads, "--ranks", ranks]
        return json.loads(self.run([sys.executable, __file__, *words]))

    def algo(self, kernel, file, *options):
        """The timings of `passes` times `repeats` runs of `plaudit algo`; None if it has no such kernel."""
        runs = []
        timings = self.scratch / "timings.json"
        for _ in range(self.args.passes * self.args.repeats):
            command = [self.args.plaudit, "algo", kernel, file, *options]
            if self.run([*command, "--timings", timings, "-o", self.scratch / "answer.csv"], must=False) is None:
                return None
            runs.append(json.loads(timings.read_text()))
        return runs


def merged(figures, more):
    """Merges two measurements of the same tool: lists of seconds are joined."""
    joined = dict(figures)
    for key, value in more.items():
        if key.endswith("_s"):
            joined[key] = figures.get(key, []) + value
        elif isinstance(value, dict):
            joined[key] = value | {"seconds": figures[key]["seconds"] + value["seconds"]}
    joined["peak_rss_bytes"] = max(figures["peak_rss_bytes"], more["peak_rss_bytes"])
    return joined


def l1(one, other):
    """The distance between two files of ranks, each scaled to sum to 1; both name the same nodes."""
    import numpy as np

    kind = [("node", "<u8"), ("score", "<f8")]
    one, other = (np.sort(np.fromfile(path, dtype=kind), order="node") for path in (one, other))
    if not np.array_equal(one["node"], other["node"]):
        sys.exit("the tools do not rank the same nodes")
    return float(np.abs(one["score"] / one["score"].sum() - other["score"] / other["score"].sum()).sum())


def take_turns(bench, file, scratch):
    """The figures of all tools. They take turns, because the speed of a shared machine varies from minute to minute."""
    args, found = bench.args, {}
    # igraph always uses one thread.
    packages = ["networkit", "igraph"] if bench.cpus == 1 else ["networkit"]
    for _ in range(args.passes):
        for tool in ["plaudit", "graph"] + ([] if args.only_crates else packages):
            ranks = scratch / f"{tool}.ranks"
            if tool in packages:
                more = bench.python(tool, file, ranks)
            else:
                more = bench.rust(tool, file, "--repeats", args.repeats, "--ranks", ranks)
            found[tool] = merged(found[tool], more) if tool in found else more
    return found


def variants(bench, file):
    """Times loading the same edges with other ids and with weights, and measures the memory of loading."""
    found = {}
    for form in ("", "-u64", "-str", "-weighted"):
        other = file.with_name(f"{file.stem}{form}.el")
        if not other.exists():
            continue
        found[form] = bench.rust("plaudit", other, "--memory")
        if form:
            found[form] |= bench.rust("plaudit", other, "--repeats", bench.args.passes * bench.args.repeats)
        if form in ("", "-weighted"):
            found[f"graph{form}"] = bench.rust("graph", other, "--memory")
            if form:
                found[f"graph{form}"] |= bench.rust("graph", other, "--repeats", bench.args.passes * bench.args.repeats)
    return found


# --- Tables

ROWS = [
    ("plaudit", "load_s", "text to both directions, rows sorted, repeats merged"),
    ("graph", "load_s", "text to both directions, rows sorted"),
    ("graph", "load_dedup_s", "the same, repeats merged"),
    ("networkit", "load_s", "EdgeListReader"),
    ("networkit", "load_snap_s", "SNAPGraphReader"),
    ("igraph", "load_s", "Read_Edgelist"),
    ("plaudit", "pagerank 1e-8", "PageRank, L1 error certified below 1e-8"),
    ("graph", "pagerank 1e-4", "PageRank, change below 1e-4"),
    ("graph", "pagerank 1e-8", "PageRank, change below 1e-8"),
    ("networkit", "pagerank L2 1e-8", "PageRank, L2 change below 1e-8"),
    ("networkit", "pagerank L1 1e-8", "PageRank, L1 change below 1e-8"),
    ("igraph", "pagerank", "PageRank, PRPACK"),
    ("networkit", "cores", "core numbers"),
    ("igraph", "cores", "core numbers"),
    ("igraph", "hits", "hubs and authorities"),
]
RANKS = {
    ("plaudit", "pagerank 1e-8"): "plaudit.ranks",
    ("graph", "pagerank 1e-4"): "graph.1e-4",
    ("graph", "pagerank 1e-8"): "graph.1e-8",
    ("networkit", "pagerank L2 1e-8"): "networkit.ranks-L2-1e-8",
    ("networkit", "pagerank L1 1e-8"): "networkit.ranks-L1-1e-8",
    ("igraph", "pagerank"): "igraph.ranks",
}


def number(value):
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def answer(figures, key, distance):
    entry = figures[key]
    if not isinstance(entry, dict):
        return f"{figures['nodes']:,} nodes, {figures['edges']:,} edges"
    parts = []
    if entry.get("rounds"):
        rate = figures["edges"] * entry["rounds"] / median(entry["seconds"]) / 1e6
        parts.append(f"{entry['rounds']} rounds, {rate:,.0f} M edges a second and round")
    parts += [f"{name} {number(entry[name])}" for name in ("max", "hubs", "authorities") if name in entry]
    if key == "cores":
        parts.append(f"sum {number(entry['sum'])}")
    if "pagerank" in key:
        parts.append(f"sum {entry['sum']:.4f}")
    if distance is not None:
        parts.append(f"L1 from plaudit's {distance:.1e}")
    if key == "pagerank 1e-8" and "error_bound" in figures:
        parts.append(f"bound {figures['error_bound']:.1e}")
    return "; ".join(parts)


def row(what, tool, threads, seconds, said, peak):
    peak = f"{peak / 1e6:,.0f}" if peak else ""
    print(f"| {what} | {tool} | {threads} | {median(seconds):.4g} | {min(seconds):.4g} | {len(seconds)} | {said} | {peak} |")


def print_tool_rows(cpus, tools, scratch):
    for tool, key, what in ROWS:
        if key not in tools.get(tool, {}):
            continue
        figures, ranks = tools[tool], RANKS.get((tool, key))
        distance = l1(scratch / RANKS["plaudit", "pagerank 1e-8"], scratch / ranks) if ranks and tool != "plaudit" else None
        entry = figures[key]
        seconds = entry["seconds"] if isinstance(entry, dict) else entry
        row(what, tool, cpus, seconds, answer(figures, key, distance), figures["peak_rss_bytes"])


def print_variant_rows(cpus, found):
    for form, figures in found.items():
        if "load_s" not in figures:
            continue
        tool, _, form = ("graph", "", form[5:]) if form.startswith("graph") else ("plaudit", "", form)
        said = f"{figures['nodes']:,} nodes, {figures['edges']:,} edges"
        row(f"load of {form[1:]} form", tool, cpus, figures["load_s"], said, figures["peak_rss_bytes"])


def print_algo_rows(bench, file):
    """`plaudit algo` in fresh processes."""
    for kernel, options in (("pagerank", ("--tolerance", TOLERANCE)), ("hits", ()), ("core-numbers", ())):
        runs = bench.algo(kernel, file, *options)
        if runs is None:
            continue
        said = "; ".join(f"{key} {number(runs[0][key])}" for key in runs[0] if key in ("nodes", "edges", "rounds", "error_bound"))
        peak = max(run["peak_rss_bytes"] for run in runs)
        if kernel == "pagerank":
            row("load, fresh process", "plaudit algo", bench.cpus, [run["read_s"] + run["build_s"] for run in runs], said, peak)
        row(f"{kernel}, fresh process", "plaudit algo", bench.cpus, [run["compute_s"] for run in runs], said, peak)


def claims(name, tools, found):
    """For each target: the measure, the target, the measured value, whether the target is met."""
    ours, graph = tools["plaudit"], tools["graph"]
    seconds = lambda tool, key: median(tool[key]["seconds"] if isinstance(tool[key], dict) else tool[key])
    at_most = lambda what, limit, value: (what, f"at most {limit:g}", value, value <= limit)
    at_least = lambda what, limit, value: (what, f"at least {limit:g}", value, value >= limit)
    own = seconds(ours, "pagerank 1e-8")
    if "networkit" in tools:
        yield at_most("PageRank, time over NetworKit's", 0.5, own / seconds(tools["networkit"], "pagerank L2 1e-8"))
    if "igraph" in tools:
        yield at_most("PageRank, time over igraph's", 0.2, own / seconds(tools["igraph"], "pagerank"))
    yield at_most("PageRank, time over `graph` to 1e-4", 2.8, own / seconds(graph, "pagerank 1e-4"))
    rate = lambda tool, key: tool[key]["rounds"] / seconds(tool, key)
    best = max(rate(graph, "pagerank 1e-4"), rate(graph, "pagerank 1e-8"))
    yield at_least("PageRank, edges a second and round over `graph`'s", 1.3, rate(ours, "pagerank 1e-8") / best)
    load = seconds(ours, "load_s")
    yield at_least("load, `graph_builder`'s time over ours", 1.5, seconds(graph, "load_s") / load)
    if "networkit" in tools:
        yield at_least("load, NetworKit's time over ours", 15, seconds(tools["networkit"], "load_s") / load)
    for form, called in (("-u64", "64-bit"), ("-str", "string")):
        if form in found:
            value = seconds(graph, "load_s") / median(found[form]["load_s"])
            yield at_least(f"load of {called} ids, `graph_builder`'s time on dense ones over ours", 1, value)
    per_edge = lambda form, key: found[form][key] / found[form]["edges"]
    yield at_most("load, anonymous bytes an edge at the peak", 24, per_edge("", "anonymous_peak_bytes"))
    yield at_most("graph at rest, bytes an edge, offsets included", 8, per_edge("", "graph_bytes"))
    if "-weighted" in found:
        yield at_most("weighted graph at rest, bytes an edge, offsets included", 16, per_edge("-weighted", "graph_bytes"))


def print_memory(cpus, found):
    print("\n| load, threads | peak, anonymous bytes an edge | at rest, anonymous bytes an edge | graph's arrays, bytes an edge |")
    print("|---|---|---|---|")
    for form, figures in found.items():
        tool = f"graph_builder {form[6:]}" if form.startswith("graph") else f"plaudit {form[1:]}"
        sizes = [figures.get(key, 0) / figures["edges"] for key in ("anonymous_peak_bytes", "anonymous_rest_bytes", "graph_bytes")]
        print(f"| {tool.strip()}, {cpus} | " + " | ".join(f"{size:.1f}" if size else "" for size in sizes) + " |")


def compare(args):
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"Load before the run (1, 5, 15 minutes): {load}; {os.cpu_count()} CPUs; {platform.platform()}.")
    for path in args.files:
        file = pathlib.Path(path)
        print(f"\n### {file.stem}\n\n| what | tool | threads | median s | min s | runs | answer | peak MB |\n|---|---|---|---|---|---|---|---|")
        outcomes, igraph = [], {}
        with tempfile.TemporaryDirectory() as folder:
            scratch = pathlib.Path(folder)
            for cpus in args.threads:
                bench = Bench(args, cpus, scratch)
                tools = take_turns(bench, file, scratch)
                found = variants(bench, file)
                print_tool_rows(cpus, tools, scratch)
                print_variant_rows(cpus, found)
                print_algo_rows(bench, file)
                igraph = {"igraph": tools["igraph"]} if "igraph" in tools else igraph
                outcomes.append((cpus, list(claims(file.stem, tools | igraph, found)), found))
        print("\n| claim | threads | wanted | measured | met |\n|---|---|---|---|---|")
        for cpus, rows, _ in outcomes:
            for what, wanted, value, met in rows:
                print(f"| {what} | {cpus} | {wanted} | {value:.3g} | {'yes' if met else 'no'} |")
        for cpus, _, found in outcomes:
            print_memory(cpus, found)
        sys.stdout.flush()
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"\nLoad after the run: {load} (this run included).")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("higgs")
    command.add_argument("folder")
    command.add_argument("activity", nargs="?")
    for tool in ("networkit", "igraph"):
        command = commands.add_parser(tool)
        command.add_argument("file")
        command.add_argument("--ranks")
        command.add_argument("--repeats", type=int, default=5)
        command.add_argument("--reads", type=int, default=5, help="how often the file is read")
    command = commands.add_parser("all")
    command.add_argument("files", nargs="+")
    count = lambda text: [int(number) for number in text.split(",")]
    command.add_argument("--threads", type=count, default=[1, 2], help="CPUs to pin to, in turn, such as 1,2")
    command.add_argument("--passes", type=int, default=2, help="turns that each tool takes")
    command.add_argument("--repeats", type=int, default=5, help="repeats of a measurement in a process")
    command.add_argument("--reads", type=int, default=5, help="how often NetworKit and igraph read the file")
    command.add_argument("--only-crates", action="store_true", help="leaves the Python packages out")
    command.add_argument("--peers", default=HERE / "target/release/peers")
    command.add_argument("--plaudit", default=ROOT / "target/release/plaudit")
    command = commands.add_parser("communities")
    command.add_argument("files", nargs="+")
    command.add_argument("--threads", type=count, default=[1, 2], help="CPUs to pin to, in turn, such as 1,2")
    command.add_argument("--passes", type=int, default=3, help="turns that each tool takes")
    command.add_argument("--seeds", type=count, default=[1, 2, 3], help="seeds of each turn")
    command.add_argument("--igraph-seeds", type=count, default=[1], help="seeds of igraph's only turn, on one CPU")
    command.add_argument("--iterations", type=count, default=[1, 2], help="iterations of plaudit's Leiden")
    command.add_argument("--plaudit", default=ROOT / "target/release/plaudit")
    command = commands.add_parser("community")
    command.add_argument("tool", choices=["networkit", "igraph"])
    command.add_argument("file")
    command.add_argument("labels", help="labels are written to files whose names begin so")
    command.add_argument("--seeds", type=count, default=[1])
    args = parser.parse_args()
    if args.command == "all":
        compare(args)
    elif args.command == "communities":
        communities.compare(args)
    elif args.command == "community":
        communities.one_tool(args)
    elif args.command == "higgs":
        higgs(args)
    else:
        figures = {"networkit": networkit, "igraph": igraph}[args.command](args)
        print(json.dumps(figures | {"peak_rss_bytes": peak_rss_bytes()}))


if __name__ == "__main__":
    main()
