"""Measures plaudit's Leiden beside NetworKit's PLM and ParallelLeiden and igraph's Leiden; called by peers.py.

Every file is read as an undirected graph without repeats and loops. Times are those of the algorithm on the graph in
memory; `with symmetrization` adds the time in which plaudit merges its two directions, which the others do while
reading. Modularity, disconnected communities and similarity to the truth are computed here, in the same way for every
tool, from the labels that the tool writes.
"""
import json
import os
import pathlib
import random
import sys
import tempfile

from measuring import median, peak_rss_bytes, pinned, timed

# Targets: minimum time of a tool relative to plaudit's, and the largest deficit in modularity.
PLANTED_CLAIMS = (("NetworKit PLM", 4), ("igraph Leiden", 20))
PLANTED_LOSS = 0.0003
OTHER_CLAIM = ("NetworKit ParallelLeiden", 2)


# --- One tool, in a process of its own


def networkit(args):
    import networkit as nk
    import numpy as np

    threads = len(os.sched_getaffinity(0))
    nk.setNumberOfThreads(threads)

    def read():
        g = nk.graphio.EdgeListReader(" ", 0, "#", True, False).read(args.file)
        g.removeMultiEdges()
        g.removeSelfLoops()
        return g

    load_s, g = timed(1, read)
    for seed in args.seeds:
        for tool, make in (("plm", lambda: nk.community.PLM(g)), ("leiden", lambda: nk.community.ParallelLeiden(g))):
            nk.setSeed(seed, True)
            seconds, found = timed(1, lambda: make().run())
            labels = np.array(found.getPartition().getVector(), dtype=np.int64)
            labels.tofile(f"{args.labels}-{tool}-{seed}")
            yield f"networkit {tool}", seed, seconds[0], {"load_s": load_s[0], "pairs": g.numberOfEdges()}


def igraph(args):
    import igraph as ig
    import numpy as np

    load_s, g = timed(1, lambda: ig.Graph.Read_Edgelist(args.file, directed=False).simplify())
    for seed in args.seeds:
        random.seed(seed)
        seconds, found = timed(1, lambda: g.community_leiden("modularity", n_iterations=2))
        np.array(found.membership, dtype=np.int64).tofile(f"{args.labels}-leiden-{seed}")
        yield "igraph leiden", seed, seconds[0], {"load_s": load_s[0], "pairs": g.ecount()}


def one_tool(args):
    """Prints one line of JSON for each run."""
    for tool, seed, seconds, more in {"networkit": networkit, "igraph": igraph}[args.tool](args):
        print(json.dumps({"tool": tool, "seed": seed, "seconds": seconds, "peak_rss_bytes": peak_rss_bytes()} | more))


# --- The judge


class Judge:
    """The graph as distinct pairs of node indices; computes the quality of labels on it."""

    def __init__(self, file):
        import numpy as np

        ends = np.fromfile(file, dtype=np.int64, sep=" ").reshape(-1, 2)
        self.slots = int(ends.max()) + 1
        low, high = ends.min(axis=1), ends.max(axis=1)
        pairs = np.unique(low[low != high] * self.slots + high[low != high])
        self.u, self.v = pairs // self.slots, pairs % self.slots
        self.degree = np.bincount(self.u, minlength=self.slots) + np.bincount(self.v, minlength=self.slots)
        self.nodes = np.flatnonzero(self.degree)
        truth = file.with_name(f"{file.stem}.truth.csv")
        self.truth = None
        if truth.exists():
            rows = np.loadtxt(truth, delimiter=",", skiprows=1, dtype=np.int64)
            self.truth = np.zeros(self.slots, dtype=np.int64)
            self.truth[rows[:, 0]] = rows[:, 1]

    def judged(self, labels):
        """Modularity, number of communities of nodes with edges, number of disconnected ones, similarity to the truth."""
        import numpy as np
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        _, labels = np.unique(labels[: self.slots], return_inverse=True)
        is_inside = labels[self.u] == labels[self.v]
        volume = np.zeros(labels.max() + 1, dtype=np.int64)
        np.add.at(volume, labels, self.degree)
        m = len(self.u)
        # Integers of any size, because the sum of the squares exceeds the precision of a float.
        squares = sum(int(value) ** 2 for value in volume)
        modularity = (4 * m * int(is_inside.sum()) - squares) / (4 * m * m)
        u, v = self.u[is_inside], self.v[is_inside]
        inside = coo_array((np.ones(len(u), dtype=np.int8), (u, v)), shape=(self.slots, self.slots))
        _, piece = connected_components(inside, directed=False)
        pieces = np.unique(np.stack([labels[self.nodes], piece[self.nodes]]), axis=1)[0]
        communities, counts = np.unique(pieces, return_counts=True)
        found = {"modularity": modularity, "communities": len(communities), "disconnected": int((counts > 1).sum())}
        if self.truth is not None:
            found["nmi"] = nmi(labels[self.nodes], self.truth[self.nodes])
        return found


def nmi(a, b):
    """Normalized mutual information: mutual information divided by the mean of the entropies."""
    import numpy as np

    def entropy(labels):
        share = np.unique(labels, return_counts=True)[1] / len(labels)
        return float(-(share * np.log(share)).sum())

    of_a, of_b, both = entropy(a), entropy(b), entropy(a * (b.max() + 1) + b)
    return 2 * (of_a + of_b - both) / (of_a + of_b) if of_a + of_b else 1.0


# --- All tools


class Race:
    """Runs the tools in turn on one file with a given number of CPUs."""

    def __init__(self, args, file, cpus, judge, scratch):
        self.args, self.file, self.cpus, self.judge, self.scratch = args, file, cpus, judge, scratch
        self.runs = {}

    def keep(self, tool, run, labels):
        self.runs.setdefault(tool, []).append(run | self.judge.judged(labels))

    def checked(self, command):
        done = pinned(command, self.cpus)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
        return done.stdout

    def plaudit(self, seed, iterations):
        import numpy as np

        timings, answer = self.scratch / "timings.json", self.scratch / "answer.csv"
        command = [self.args.plaudit, "algo", "leiden", self.file, "--undirected", "--threads", self.cpus]
        command += ["--seed", seed, "--iterations", iterations, "--timings", timings, "-o", answer]
        self.checked(command)
        figures = json.loads(timings.read_text())
        rows = np.loadtxt(answer, delimiter=",", skiprows=1, dtype=np.int64)
        labels = np.arange(self.judge.slots) + rows[:, 1].max() + 1
        labels[rows[:, 0]] = rows[:, 1]
        whole = figures["compute_s"]
        run = {"seconds": whole - figures.get("symmetrise_s", 0.0), "whole_s": whole, "said": figures["modularity"]}
        run |= {"load_s": figures["read_s"] + figures["build_s"], "peak_rss_bytes": figures["peak_rss_bytes"]}
        self.keep(f"plaudit Leiden, {iterations} iterations", run, labels)

    def package(self, tool, seeds):
        import numpy as np

        path = self.scratch / tool
        here = pathlib.Path(__file__).with_name("peers.py")
        seeds = ",".join(map(str, seeds))
        for line in self.checked([sys.executable, here, "community", tool, self.file, path, "--seeds", seeds]).splitlines():
            run = json.loads(line)
            if run["pairs"] != len(self.judge.u):
                sys.exit(f"{run['tool']} read {run['pairs']} pairs of {len(self.judge.u)}")
            name = {"networkit plm": "NetworKit PLM", "networkit leiden": "NetworKit ParallelLeiden"}
            labels = np.fromfile(f"{path}-{run['tool'].split()[1]}-{run['seed']}", dtype=np.int64)
            self.keep(name.get(run["tool"], "igraph Leiden"), run, labels)

    def run(self):
        args = self.args
        for turn in range(args.passes):
            for iterations in args.iterations:
                for seed in args.seeds:
                    self.plaudit(seed, iterations)
            self.package("networkit", args.seeds)
            # igraph always uses one thread and is slow, so it runs once.
            if self.cpus == 1 and turn == 0 and args.igraph_seeds:
                self.package("igraph", args.igraph_seeds)
        return self.runs


def spread(values, form):
    low, middle, high = min(values), median(values), max(values)
    return form.format(middle) if low == high else f"{form.format(middle)} ({form.format(low)} to {form.format(high)})"


def print_rows(cpus, runs):
    for tool, found in runs.items():
        column = lambda key, form: spread([run[key] for run in found if key in run], form) if key in found[0] else ""
        cells = [tool, cpus, len(found), f"{median(run['seconds'] for run in found):.3f}", f"{min(run['seconds'] for run in found):.3f}"]
        cells += [column("whole_s", "{:.3f}"), column("modularity", "{:.6f}"), column("communities", "{:,.0f}")]
        cells += [max(run["disconnected"] for run in found), column("nmi", "{:.4f}")]
        cells += [f"{median(run['load_s'] for run in found):.1f}", f"{max(run['peak_rss_bytes'] for run in found) / 1e6:,.0f}"]
        print("| " + " | ".join(map(str, cells)) + " |")


def claims(runs, one_thread, is_planted):
    """For each way of running plaudit: the measure, the target, the measured value, whether the target is met."""
    seconds = lambda found: median([run["seconds"] for run in found])
    quality = lambda found: median([run["modularity"] for run in found])
    others = {tool: found for tool, found in (one_thread | runs).items() if not tool.startswith("plaudit")}
    for tool in (tool for tool in runs if tool.startswith("plaudit")):
        ours = runs[tool]
        for other, wanted in PLANTED_CLAIMS if is_planted else (OTHER_CLAIM,):
            if other in others:
                ratio = seconds(others[other]) / seconds(ours)
                yield f"{tool}: {other}'s time over ours", f"at least {wanted}", f"{ratio:.2f}", ratio >= wanted
        if is_planted and others:
            best = max(map(quality, others.values()))
            gain = quality(ours) - best
            yield f"{tool}: modularity beyond the best", f"at least -{PLANTED_LOSS}", f"{gain:+.6f}", gain >= -PLANTED_LOSS
        elif OTHER_CLAIM[0] in others:
            gain = quality(ours) - quality(others[OTHER_CLAIM[0]])
            yield f"{tool}: modularity beyond {OTHER_CLAIM[0]}'s", "at least 0", f"{gain:+.6f}", gain >= 0
        pieces = max(run["disconnected"] for run in ours)
        yield f"{tool}: communities in pieces", "none", pieces, pieces == 0
        off = max(abs(run["said"] - run["modularity"]) for run in ours)
        yield f"{tool}: modularity it tells, off by", "at most 1e-12", f"{off:.1e}", off <= 1e-12


def compare(args):
    print(f"Load before the run (1, 5, 15 minutes): {' '.join(f'{value:.2f}' for value in os.getloadavg())}.")
    for path in args.files:
        file = pathlib.Path(path)
        judge = Judge(file)
        print(f"\n### {file.stem}: {len(judge.nodes):,} nodes, {len(judge.u):,} pairs\n")
        print("| tool | threads | runs | median s | min s | with symmetrization | modularity | communities | in pieces | NMI | load s | peak MB |")
        print("|" + "---|" * 12)
        outcomes, one_thread = [], {}
        for cpus in sorted(args.threads):
            with tempfile.TemporaryDirectory() as folder:
                runs = Race(args, file, cpus, judge, pathlib.Path(folder)).run()
            print_rows(cpus, runs)
            sys.stdout.flush()
            if cpus == 1:
                one_thread = {tool: found for tool, found in runs.items() if tool == "igraph Leiden"}
            outcomes += [(cpus, *claim) for claim in claims(runs, one_thread, judge.truth is not None)]
        if judge.truth is not None:
            print(f"\nThe planted communities: {json.dumps(judge.judged(judge.truth))}")
        print("\n| claim | threads | wanted | measured | met |\n|---|---|---|---|---|")
        for cpus, what, wanted, value, met in outcomes:
            print(f"| {what} | {cpus} | {wanted} | {value} | {'yes' if met else 'no'} |")
        sys.stdout.flush()
    print(f"\nLoad after the run: {' '.join(f'{value:.2f}' for value in os.getloadavg())} (this run included).")
