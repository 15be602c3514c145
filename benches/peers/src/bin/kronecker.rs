//! Writes the Kronecker graph of the benches as text, for tools that read files.
//!
//! `kronecker SCALE FILE [dense|u64|string|weighted]`: writes the edges of `benches/graphs`, 16 per node before repeats
//! and loops are dropped, in random order, one `source target` per line. Every format has the same edges on the same
//! lines; only the spelling of ids differs.

#[path = "../../../graphs/mod.rs"]
mod graphs;

use std::{
    env,
    fs::File,
    io::{self, Write},
    process::ExitCode,
};

use plaudit::num;
use rayon::prelude::*;

/// Lines that one task formats.
const LINES: usize = 1 << 16;

/// How the ids and weights of lines are written.
#[derive(Clone, Copy)]
enum Form {
    /// The numbers below 2^scale.
    Dense,
    /// Numbers of 64 bits, spread over the whole range.
    U64,
    /// `user_` and 16 characters.
    Text,
    /// Dense ids, and a weight of 1 to 65,536 in the third field.
    Weighted,
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (scale, path, form) = match words[..] {
        [scale, path] | [scale, path, "dense"] => (scale, path, Form::Dense),
        [scale, path, "u64"] => (scale, path, Form::U64),
        [scale, path, "string"] => (scale, path, Form::Text),
        [scale, path, "weighted"] => (scale, path, Form::Weighted),
        _ => return usage(),
    };
    let Some(scale) = scale.parse().ok().filter(|scale| (1..28).contains(scale)) else { return usage() };
    match write(scale, path, form) {
        Ok(lines) => {
            eprintln!("{path}: {lines} edges");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cannot write `{path}`: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: kronecker SCALE(1..27) FILE [dense|u64|string|weighted]");
    ExitCode::from(2)
}

fn write(scale: u32, path: &str, form: Form) -> io::Result<usize> {
    let edges = edges(scale);
    let mut file = File::create(path)?;
    for wave in edges.chunks(LINES * 64) {
        let parts: Vec<Vec<u8>> = wave.par_chunks(LINES).map(|edges| text(edges, form)).collect();
        for part in parts {
            file.write_all(&part)?;
        }
    }
    Ok(edges.len())
}

/// The distinct edges without loops, in the order of their hashes; the high half of each word is the source.
fn edges(scale: u32) -> Vec<u64> {
    let list = graphs::kronecker(scale, graphs::EDGE_FACTOR << scale).edges;
    let pack = |edge: &plaudit::graph::Edge| u64::from(edge.source.0) << 32 | u64::from(edge.target.0);
    let mut edges: Vec<u64> = list.par_iter().filter(|edge| edge.source != edge.target).map(pack).collect();
    drop(list);
    edges.par_sort_unstable();
    edges.dedup();
    edges.par_sort_unstable_by_key(|edge| num::mix64(*edge));
    edges
}

fn text(edges: &[u64], form: Form) -> Vec<u8> {
    let mut text = Vec::with_capacity(edges.len() * 24);
    for &edge in edges {
        let (source, target) = (edge >> 32, edge & 0xffff_ffff);
        match form {
            Form::Dense => writeln!(text, "{source} {target}"),
            Form::U64 => writeln!(text, "{} {}", num::mix64(source), num::mix64(target)),
            Form::Text => writeln!(text, "user_{:016x} user_{:016x}", num::mix64(source), num::mix64(target)),
            Form::Weighted => writeln!(text, "{source} {target} {}", 1 + num::random(edge, 2, 0, 0) % 65_536),
        }
        .expect("memory takes every write");
    }
    text
}
