"""The modularity of igraph's Leiden on the graphs of tests/it/support/planted.rs. Made with igraph 1.0.0:

    pip install igraph==1.0.0
    python tests/oracles/leiden_igraph.py > tests/oracles/leiden_igraph.csv

The generators are written a second time here, so the CSV also holds the size of each graph for the test to compare.
"""

import random
import statistics

import igraph

MASK = (1 << 64) - 1
RUNS = 11


def mix64(word):
    z = (word + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def word(seed, stage, item, draw):
    return mix64(mix64(mix64(mix64(seed) ^ stage) ^ item) ^ draw)


def unit(seed, stage, item, draw):
    return (word(seed, stage, item, draw) >> 11) / 9007199254740992.0


def planted(groups, size, degree, mixing, seed):
    n = groups * size
    names = sorted(range(n), key=lambda u: word(seed, 0, u, 0))
    edges = []
    for i in range(n):
        for draw in range(degree):
            if unit(seed, 1, i, draw) < mixing:
                partner = int(unit(seed, 2, i, draw) * n)
            else:
                partner = i // size * size + int(unit(seed, 3, i, draw) * size)
            if partner != i:
                edges.append((names[i], names[partner], 1))
    return n, edges


def rmat(scale, edge_count, seed):
    edges = []
    for i in range(edge_count):
        u = v = 0
        for bit in range(scale):
            x = unit(seed, 4, i, bit)
            u = u << 1 | (x >= 0.76)
            v = v << 1 | (0.57 <= x < 0.76 or x >= 0.95)
        edges.append((u, v, 1 + word(seed, 5, i, 0) % 4))
    return 1 << scale, [(u, v, w) for u, v, w in edges if u != v]


def median(g, weights, n_iterations):
    found = []
    for seed in range(RUNS):
        random.seed(seed)
        part = g.community_leiden("modularity", weights=weights, n_iterations=n_iterations)
        found.append(g.modularity(part, weights=weights))
    return statistics.median(found)


def main():
    graphs = {
        "planted 40 x 60, mixing 0.5": planted(40, 60, 10, 0.5, 11),
        "planted 100 x 80, mixing 0.6": planted(100, 80, 10, 0.6, 12),
        "rmat 12": rmat(12, 30000, 13),
    }
    print("graph,nodes,pairs,total_weight,two_iterations,converged")
    for name, (n, edges) in graphs.items():
        merged = {}
        for u, v, w in edges:
            pair = (min(u, v), max(u, v))
            merged[pair] = merged.get(pair, 0) + w
        g = igraph.Graph(n=n, edges=list(merged))
        weights = list(merged.values())
        medians = [median(g, weights, n_iterations) for n_iterations in (2, -1)]
        print(f'"{name}",{n},{len(merged)},{sum(weights)},{medians[0]:.6f},{medians[1]:.6f}')


main()
