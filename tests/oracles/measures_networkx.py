#!/usr/bin/env python3
"""Writes measures_networkx.csv: core numbers and HITS of small random graphs as networkx and igraph see them.

Made with Python 3.11.7, networkx 3.6.1, igraph 1.0.0, numpy 2.4.6, scipy 1.17.1:
python3 measures_networkx.py > measures_networkx.csv
Every graph has weights, self-loops, edges in both directions and isolated nodes. Core numbers are those of the
undirected simple graph, and networkx and igraph must agree on them; HITS is networkx's, by a sparse singular value
decomposition, scaled to sum to 1.
Rows:  case,NAME,NODES,  edge,SOURCE,TARGET,WEIGHT  node,CORE,HUB,AUTHORITY (one row a node, in order)
"""
import random

import igraph as ig
import networkx as nx

random.seed(20120704)
print("row,a,b,c")
for name, n, m, skew in (("sparse", 40, 45, 1), ("even", 30, 120, 1), ("skewed", 60, 300, 3), ("dense", 24, 300, 1)):
    g = nx.DiGraph()
    g.add_nodes_from(range(n))
    active = n - 3  # the last three nodes do nothing
    pick = lambda: int(active * random.random() ** skew)
    while g.number_of_edges() < m:
        g.add_edge(pick(), pick(), weight=random.randint(1, 50))
    for v in (0, 5):
        g.add_edge(v, v, weight=7)
    for u, v in random.sample(sorted(g.edges), n // 4):
        g.add_edge(v, u, weight=random.randint(1, 50))
    simple = nx.Graph(g)
    simple.remove_edges_from(list(nx.selfloop_edges(simple)))
    core = nx.core_number(simple)
    assert [core[v] for v in range(n)] == ig.Graph(n=n, edges=list(simple.edges)).coreness()
    hub, authority = nx.hits(g, tol=1e-15, max_iter=100_000)
    print(f"case,{name},{n},")
    for u, v, w in g.edges(data="weight"):
        print(f"edge,{u},{v},{w}")
    for v in range(n):
        print(f"node,{core[v]},{float(hub[v])!r},{float(authority[v])!r}")
