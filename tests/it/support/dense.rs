//! PageRank and HITS by full matrices, as oracles.

/// `rounds` rounds of `x = (1 - a) t + a P x` from `t`, where column `u` of `P` holds the shares of `u`'s out-edges, or
/// `t` for a dangling node. `teleport` sums to 1.
pub(crate) fn pagerank(
    n: usize,
    edges: &[(u32, u32, u64)],
    teleport: &[f64],
    damping: f64,
    rounds: usize,
) -> Vec<f64> {
    let mut matrix = vec![vec![0.0; n]; n];
    let mut strength = vec![0.0; n];
    for &(u, v, w) in edges {
        matrix[v as usize][u as usize] += w as f64;
        strength[u as usize] += w as f64;
    }
    for (v, row) in matrix.iter_mut().enumerate() {
        for (u, entry) in row.iter_mut().enumerate() {
            *entry = if strength[u] > 0.0 { *entry / strength[u] } else { teleport[v] };
        }
    }
    let mut x = teleport.to_vec();
    for _ in 0..rounds {
        let step = |v: usize| {
            let walked: f64 = matrix[v].iter().zip(&x).map(|(p, x)| p * x).sum();
            (1.0 - damping) * teleport[v] + damping * walked
        };
        x = (0..n).map(step).collect();
    }
    x
}

/// The L1 distance of two vectors.
pub(crate) fn l1(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len());
    x.iter().zip(y).map(|(x, y)| (x - y).abs()).sum()
}

/// The limit of HITS and what it depends on.
pub(crate) struct DenseHits {
    pub(crate) hub: Vec<f64>,
    pub(crate) authority: Vec<f64>,
    /// The second largest distinct eigenvalue of `W Wᵀ` divided by the largest.
    pub(crate) gap: f64,
    /// Whether the largest eigenvalue is simple.
    pub(crate) is_simple: bool,
}

/// The part of the uniform vector in the span of the eigenvectors of `W Wᵀ` with the largest eigenvalue, and `Wᵀ` times
/// it; each scaled to sum to 1. All 0 without edges.
pub(crate) fn hits(n: usize, edges: &[(u32, u32, u64)]) -> DenseHits {
    let mut w = vec![vec![0.0; n]; n];
    for &(u, v, weight) in edges {
        w[u as usize][v as usize] += weight as f64;
    }
    let mut product = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..n {
            product[i][j] = (0..n).map(|k| w[i][k] * w[j][k]).sum();
        }
    }
    let (values, vectors) = eigen(product);
    let largest = values.iter().copied().fold(0.0, f64::max);
    let top: Vec<usize> = (0..n).filter(|&k| values[k] >= largest * (1.0 - 1e-9)).collect();
    let rest = values.iter().enumerate().filter(|(k, _)| !top.contains(k)).map(|(_, value)| *value);
    let gap = if largest > 0.0 { rest.fold(0.0, f64::max) / largest } else { 1.0 };
    let mut hub = vec![0.0; n];
    for &k in &top {
        let uniform: f64 = (0..n).map(|i| vectors[i][k]).sum();
        (0..n).for_each(|i| hub[i] += uniform * vectors[i][k]);
    }
    let to_one = |x: Vec<f64>| {
        let sum: f64 = x.iter().sum();
        x.into_iter().map(|x| x / sum).collect::<Vec<f64>>()
    };
    let authority = to_one((0..n).map(|j| (0..n).map(|i| w[i][j] * hub[i]).sum()).collect());
    DenseHits { hub: to_one(hub), authority, gap, is_simple: top.len() == 1 }
}

/// The eigenvalues of a symmetric matrix, and its eigenvectors as columns, by Jacobi's rotations.
fn eigen(mut a: Vec<Vec<f64>>) -> (Vec<f64>, Vec<Vec<f64>>) {
    let n = a.len();
    let mut vectors: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| f64::from(i == j)).collect()).collect();
    for _ in 0..60 {
        for p in 0..n {
            for q in p + 1..n {
                if a[p][q] == 0.0 {
                    continue;
                }
                let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                for row in &mut a {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
                let (upper, lower) = a.split_at_mut(q);
                for (x, y) in upper[p].iter_mut().zip(&mut lower[0]) {
                    (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
                }
                for row in &mut vectors {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
            }
        }
    }
    ((0..n).map(|k| a[k][k]).collect(), vectors)
}
