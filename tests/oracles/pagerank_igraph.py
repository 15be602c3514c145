#!/usr/bin/env python3
"""Writes pagerank_igraph.csv: PageRank of small graphs on which igraph and networkx agree, as igraph sees it.

Made with Python 3.11.7, igraph 1.0.0, networkx 3.6.1, numpy 2.4.6, scipy 1.17.1:
python3 pagerank_igraph.py > pagerank_igraph.csv

What a dangling node does is where the tools differ; `conventions` measures it on a graph of three nodes, whose answers
under either rule are known in closed form. Asked plainly, both hand a dangling node's rank to the reset vector where one
is given, and to all nodes alike where none is. plaudit does the same, so no parameter is bent: networkx's `dangling`
stays unset, and igraph's solver is PRPACK, its default.

Rows:  case,NAME,DAMPING,NODES  edge,SOURCE,TARGET,WEIGHT  teleport,NODE,WEIGHT  rank,NODE,SCORE
A case without teleport rows teleports uniformly. The weights are whole numbers; there are self-loops in all cases.
"""
import random
import sys

import igraph
import networkx


def by_igraph(n, edges, teleport, damping):
    g = igraph.Graph(n=n, edges=[(u, v) for u, v, _ in edges], directed=True)
    reset = None if teleport is None else [teleport.get(v, 0) for v in range(n)]
    options = dict(damping=damping, weights=[w for _, _, w in edges], implementation="prpack")
    return g.pagerank(**options) if reset is None else g.personalized_pagerank(reset=reset, **options)


def by_networkx(n, edges, teleport, damping):
    g = networkx.DiGraph()
    g.add_nodes_from(range(n))
    g.add_weighted_edges_from(edges)
    ranks = networkx.pagerank(g, alpha=damping, personalization=teleport, tol=1e-14, max_iter=100_000)
    return [ranks[v] for v in range(n)]


def conventions():
    """0 -> 1, and nothing from 1 or 2; the walk starts again at 0. Which rule does each tool follow?

    Dangling to 0: x_0 = (1 - a) + a x_1, x_1 = a x_0, so x_0 = 1 / (1 + a) and x_2 = 0.
    Dangling to all: x_2 = a (x_1 + x_2) / 3 > 0.
    """
    a = 0.85
    for tool in (by_igraph, by_networkx):
        x = tool(3, [(0, 1, 1)], {0: 1}, a)
        assert abs(x[0] - 1 / (1 + a)) < 1e-12 and abs(x[2]) < 1e-12, (tool.__name__, x)


def random_edges(n, m, walkers, weights):
    """`m` distinct edges from the first `walkers` nodes, and a loop at node 0; the other nodes dangle."""
    edges = {(0, 0): 7}
    while len(edges) < m:
        edges[random.randrange(walkers), random.randrange(n)] = random.choice(weights)
    return [(u, v, w) for (u, v), w in edges.items()]


def cases():
    plain, mild, steep = [1], range(1, 51), [1, 10, 1_000, 1_000_000]
    yield "unweighted", 0.85, 25, random_edges(25, 80, 25, plain), None
    yield "weighted", 0.85, 25, random_edges(25, 80, 25, mild), None
    yield "weighted_dangling", 0.85, 40, random_edges(40, 90, 25, mild), None
    yield "mostly_dangling", 0.85, 60, random_edges(60, 40, 8, mild), None
    yield "steep_weights", 0.85, 30, random_edges(30, 110, 22, steep), None
    yield "personal", 0.85, 30, random_edges(30, 90, 30, mild), {3: 1, 8: 2, 20: 5}
    yield "personal_dangling", 0.85, 40, random_edges(40, 90, 25, mild), {0: 1, 10: 4, 39: 3}
    yield "one_dangling_start", 0.85, 20, random_edges(20, 45, 12, mild), {19: 1}
    yield "far_walk", 0.99, 30, random_edges(30, 70, 24, mild), {1: 1, 29: 1}
    yield "short_walk", 0.2, 30, random_edges(30, 70, 24, mild), None


def main():
    random.seed(20120707)
    conventions()
    print("row,a,b,c")
    for name, damping, n, edges, teleport in cases():
        ranks = by_igraph(n, edges, teleport, damping)
        others = by_networkx(n, edges, teleport, damping)
        distance = sum(abs(x - y) for x, y in zip(ranks, others))
        print(f"{name}: igraph and networkx differ by {distance:.1e}", file=sys.stderr)
        assert distance <= 1e-9
        print(f"case,{name},{damping},{n}")
        for u, v, w in edges:
            print(f"edge,{u},{v},{w}")
        for v, w in sorted((teleport or {}).items()):
            print(f"teleport,{v},{w},")
        for v, score in enumerate(ranks):
            print(f"rank,{v},{score!r},")


main()
