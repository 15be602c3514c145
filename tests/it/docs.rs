//! Every `plaudit` command that the documents show is run, in their order, on a copy of the bundled data.

use std::{fs, io::Write, path::PathBuf};

use crate::support::{
    quickstart::finished,
    sandbox::{Sandbox, repository},
};

/// Commands of other programs that the documents may show.
const OTHERS: &[&str] = &[
    "cargo test",
    "cargo bench",
    "cargo build",
    "cargo doc",
    "cargo install",
    "cargo run --example",
    "bash .ci/run",
    "python3 ",
];

/// The documents; the first one makes the run that the others read.
fn documents() -> Vec<PathBuf> {
    let mut documents = vec![repository().join("README.md")];
    let folder = fs::read_dir(repository().join("docs")).unwrap();
    let mut rest: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    rest.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    rest.sort();
    documents.extend(rest);
    documents.push(repository().join("CONTRIBUTING.md"));
    documents
}

/// The commands in those fenced blocks of a document that are marked `sh` or without a language. A line that ends in
/// `\` continues on the next line. Lines with an ellipsis are not commands.
fn commands(text: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    // `Some` inside a block: whether the lines of the block are commands.
    let mut block: Option<bool> = None;
    let mut open = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            block = match block {
                None => Some(["```sh", "```"].contains(&line.trim())),
                Some(_) => None,
            };
            open = false;
        } else if block == Some(true) && !line.trim().is_empty() && !line.contains('…') {
            let part = line.trim().trim_end_matches('\\').trim_end();
            match commands.last_mut() {
                Some(last) if open => *last = format!("{last} {part}"),
                _ => commands.push(part.to_owned()),
            }
            open = line.trim_end().ends_with('\\');
        }
    }
    commands
}

/// The part of a command before the first shell operator outside of quotes: a redirection, a pipe or a comment.
pub(crate) fn without_shell_operators(command: &str) -> &str {
    let mut quote = None;
    let end = command.find(|c| {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '|' | '>' | '#') => return true,
            _ => {}
        }
        false
    });
    &command[..end.unwrap_or(command.len())]
}

/// The words of a command without quotes.
pub(crate) fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ' ') => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A sandbox with the files that the documents name: the bundled data, two configurations, small lists.
fn furnished() -> Sandbox {
    let sandbox = Sandbox::with_datasets();
    let quickstart = sandbox.read("datasets/quickstart/plaudit.toml");
    let moved = |to: &str, out: &str| {
        let paths = quickstart.replace("path = \"", &format!("path = \"{to}datasets/quickstart/"));
        paths.replace("\"../../out\"", &format!("\"{out}\""))
    };
    sandbox.write("plaudit.toml", moved("", "out"));
    sandbox.write("jobs/nightly.toml", moved("../", "../out"));
    sandbox
        .write("follows.csv", "actor,target,kind,at\nada,bob,follow,2026-01-01\nbob,cy,follow,2026-01-02\n");
    sandbox.write("shares.csv", "actor,target,kind,at\nada,bob,share,2026-01-01T10:00:00Z\n");
    sandbox.write("angry.txt", "C00017\nC00731\n");
    sandbox.write("graph.txt", "a b\nb c\nc a\nc d\n");
    sandbox.write("links.csv", "a,b\nb,c\nc,a\n");
    sandbox.write("nodes.txt", "a\nb\nc\nd\nalone\n");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"a b\nb c\n").unwrap();
    sandbox.write("graph.txt.gz", packed.finish().unwrap());
    sandbox
}

#[test]
fn the_readme_shows_what_its_first_command_prints() {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(shown, finished().printed, "README.md is out of date");
}

#[test]
fn the_readme_shows_what_its_queries_print() {
    let shared = finished();
    let listing = |command: &str| shared.sandbox.succeed(&[command, "-n", "5"]);
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let section = readme.split("\n## Queries\n").nth(1).unwrap();
    let shown = section.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(shown, format!("{}\n{}", listing("top"), listing("prospects")), "README.md is out of date");
}

/// Placeholders are words in capitals that end in `_OUTPUT`, `_TABLE` or `_PEAK`.
#[test]
fn no_placeholder_is_left_in_the_documents() {
    let mut left = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let stands_for_more = |word: &&str| {
            ["_OUTPUT", "_TABLE", "_PEAK"].iter().any(|end| {
                let start = word.strip_suffix(end).unwrap_or_default();
                !start.is_empty() && start.chars().all(|c| c.is_ascii_uppercase() || c == '_')
            })
        };
        left.extend(words.filter(stands_for_more).map(|word| format!("{}: {word}", document.display())));
    }
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn every_command_shown_works() {
    let sandbox = furnished();
    let mut count = 0;
    for document in documents() {
        for shown in commands(&fs::read_to_string(&document).unwrap()) {
            if OTHERS.iter().any(|other| shown.starts_with(other)) {
                continue;
            }
            // Redirections, pipes and comments after the command are for a shell, so they are cut off.
            let plain = without_shell_operators(&shown).trim().replace("cargo run --release --", "plaudit");
            let words = words(&plain);
            if document.file_name().is_some_and(|name| name == "formats.md") && words[0] != "plaudit" {
                continue; // Its blocks show folders and bytes.
            }
            assert_eq!(
                words[0],
                "plaudit",
                "{}: `{shown}` is no command that a test can run",
                document.display()
            );
            let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
            let outcome = sandbox.plaudit(&arguments);
            assert_eq!(outcome.code, Some(0), "{}: `{shown}`\n{}", document.display(), outcome.stderr);
            count += 1;
        }
    }
    println!("{count} commands of the documents were run");
    assert!(count >= 10, "the documents show commands");
}

#[test]
fn links_between_documents_lead_somewhere() {
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap();
            let file = target.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let path = document.parent().unwrap().join(file);
            assert!(path.exists(), "{}: link to {target}", document.display());
        }
    }
}
