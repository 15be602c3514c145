#!/usr/bin/env python3
"""Writes pagerank_networkx.csv: PageRank of small random graphs as networkx sees it.

Made with Python 3.11.7, networkx 3.6.1, numpy 2.4.6, scipy 1.17.1:  python3 pagerank_networkx.py > pagerank_networkx.csv
Every graph has weights, self-loops and dangling nodes; in networkx, too, a dangling node hands its rank to the
personalisation vector. Rows:  case,NAME,DAMPING,NODES  edge,SOURCE,TARGET,WEIGHT  teleport,NODE,WEIGHT  rank,NODE,SCORE
A case without teleport rows teleports uniformly.
"""
import random

import networkx as nx

random.seed(20120704)
print("row,a,b,c")
for name, n, m, damping, personal in (
    ("uniform", 12, 30, 0.85, False),
    ("personal", 12, 30, 0.85, True),
    ("low", 30, 60, 0.5, True),
    ("high", 30, 120, 0.97, False),
    ("sparse", 40, 45, 0.85, True),
):
    g = nx.DiGraph()
    g.add_nodes_from(range(n))
    walkers = range(n * 3 // 4)  # the last quarter attends to nobody
    while g.number_of_edges() < m:
        g.add_edge(random.choice(walkers), random.randrange(n), weight=random.randint(1, 50))
    g.add_edge(0, 0, weight=7)
    teleport = {v: random.randint(1, 9) for v in random.sample(range(n), n // 4)} if personal else None
    rank = nx.pagerank(g, alpha=damping, personalization=teleport, tol=1e-16, max_iter=100_000)
    print(f"case,{name},{damping},{n}")
    for u, v, w in g.edges(data="weight"):
        print(f"edge,{u},{v},{w}")
    for v, w in sorted((teleport or {}).items()):
        print(f"teleport,{v},{w},")
    for v in range(n):
        print(f"rank,{v},{rank[v]!r},")
