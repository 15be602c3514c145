//! PageRank by the full matrix, as a textbook has it.

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
