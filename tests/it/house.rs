//! Rules for the sources: which module may import which, sizes of files and functions; every test file is listed.

use std::{fs, path::Path, path::PathBuf};

/// The modules below `src`, in the order of the table in `docs/architecture.md`, and the modules that each may import.
/// The allowed imports are defined only in that table.
fn modules() -> Vec<(String, Vec<String>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let text = fs::read_to_string(path).unwrap();
    let table = text.split("| module | question").nth(1).expect("the table of modules");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let mut modules: Vec<(String, Vec<String>)> = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let known = match cells[2].trim() {
            "all above" => modules.iter().map(|module| module.0.clone()).collect(),
            list => quoted(list),
        };
        modules.extend(quoted(cells[0]).into_iter().map(|name| (name, known.clone())));
    }
    modules
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The module of a file below `src`: its folder, or its own name.
fn module(path: &Path) -> String {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules that `text` names after `crate::`, also inside `use crate::{a::…, b}`.
fn known_modules(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        // `$crate::` and `plaudit_crate::` are not ours.
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut start = 0;
            for (i, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if (c == ',' && depth == 1) || depth == 0 {
                    names.push(group[start..i].trim().to_owned());
                    start = i + 1;
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            names.push(rest.to_owned());
        }
    }
    let word =
        |name: String| name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    names.into_iter().map(word).filter(|name| !name.is_empty()).collect()
}

#[test]
fn imports_point_one_way() {
    let modules = modules();
    for (at, (name, known)) in modules.iter().enumerate() {
        let above = |known: &String| modules[..at].iter().any(|module| module.0 == *known);
        assert!(known.iter().all(above), "docs/architecture.md: `{name}` may import only modules above it");
    }
    for path in sources("src") {
        let own = module(&path);
        if own == "lib" || own == "main" {
            continue;
        }
        let (_, allowed) = modules
            .iter()
            .find(|(name, _)| *name == own)
            .unwrap_or_else(|| panic!("docs/architecture.md has no module `{own}`"));
        let text = fs::read_to_string(&path).unwrap();
        for known in known_modules(&text) {
            assert!(
                known == own || allowed.contains(&known),
                "{}: module `{own}` may not import `{known}`; see docs/architecture.md",
                path.display()
            );
        }
    }
}

#[test]
fn imports_are_found_in_every_form() {
    let text = "use crate::event::Event;\nuse crate::{\n    graph::{Csr, Graph},\n    num,\n};\nlet x = crate::ids::id32(3);";
    assert_eq!(known_modules(text), ["event", "graph", "num", "ids"]);
}

#[test]
fn kernels_use_no_words_of_the_crm() {
    for path in sources("src")
        .iter()
        .filter(|path| ["rank", "community", "reach", "influence", "graph"].contains(&module(path).as_str()))
    {
        let text = fs::read_to_string(path).unwrap().to_lowercase();
        for word in ["customer", "e-mail", "crm", "consent"] {
            assert!(!text.contains(word), "{}: kernels do not know the word `{word}`", path.display());
        }
    }
}

#[test]
fn files_have_at_most_500_lines_and_explain_unsafe_blocks() {
    for path in sources("src") {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        assert!(lines <= 500, "{}: {lines} lines before its tests", path.display());
        let unsafe_blocks = text.matches("unsafe {").count();
        let reasons = text.matches("SAFETY:").count();
        assert!(
            unsafe_blocks <= reasons,
            "{}: {unsafe_blocks} unsafe blocks, {reasons} reasons",
            path.display()
        );
    }
}

/// For each function in a `text` formatted by rustfmt: the number of its first line, from 1, and its number of lines,
/// from the line with `fn` to the brace at the same indentation.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indentation = &line[..line.len() - code.len()];
        // Modifiers that may precede `fn`: `pub(super) const unsafe extern "C"`.
        let before = code.split("fn ").next().unwrap();
        let is_modifier = |word: &str| {
            ["pub", "const", "async", "unsafe", "extern"].iter().any(|modifier| word.starts_with(modifier))
                || word == "\"C\""
        };
        if before == code || !before.split_whitespace().all(is_modifier) {
            continue;
        }
        let closing = format!("{indentation}}}");
        let ends = |(after, line): (usize, &&str)| {
            let is_outside = line.strip_prefix(indentation).is_some_and(|rest| !rest.starts_with(' '));
            // The function ends with a brace on a later line, has no body, or is on one line.
            **line == closing || is_outside && (line.ends_with(';') || after == 0 && line.ends_with('}'))
        };
        let length = lines[at..].iter().enumerate().position(ends);
        found.push((at + 1, length.map_or(lines.len() - at, |last| last + 1)));
    }
    found
}

#[test]
fn functions_fit_on_a_screen() {
    for path in sources("src") {
        let text = fs::read_to_string(&path).unwrap();
        for (line, length) in functions(&text) {
            assert!(length <= 70, "{}:{line}: a function of {length} lines", path.display());
        }
    }
}

#[test]
fn functions_are_measured_from_their_name_to_their_brace() {
    let text = "impl A {\n    /// Runs fn.\n    pub(super) fn a<T>(\n        b: T,\n    ) -> T {\n        if b {\n            c();\n        }\n        b\n    }\n\n    \
                fn d() -> u32;\n}\n\nconst fn e(\n    f: u8,\n) {\n    let fn_ = 1;\n}\n\nlet g = |fn h()| 1;\nfn i() {}\n";
    assert_eq!(functions(text), [(3, 8), (12, 1), (15, 5), (22, 1)]);
}

#[test]
fn comments_fit_the_page() {
    for path in sources("src")
        .into_iter()
        .chain(sources("tests"))
        .chain(sources("benches"))
        .chain(sources("examples"))
    {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("//"))
        {
            let letters = line.chars().count();
            assert!(letters <= 120, "{}:{}: {letters} letters", path.display(), number + 1);
        }
    }
}

/// Tables, code, lines with a long word that cannot be broken and lines with a link may be wider.
#[test]
fn documents_fit_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(|name| root.join(name)).to_vec();
    let folder = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    documents.extend(folder.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    for path in documents {
        let text = fs::read_to_string(&path).unwrap();
        let mut is_code = false;
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                is_code = !is_code;
            }
            let (start, letters) = (line.trim_start(), line.chars().count());
            let is_free = is_code
                || line.starts_with("    ")
                || start.starts_with('|')
                || line.contains("](")
                || line.split(' ').any(|word| word.chars().count() > 80);
            assert!(is_free || letters <= 120, "{}:{}: {letters} letters", path.display(), number + 1);
        }
    }
}

/// Type names that still occur more than once below `src`. The list may only shrink.
const REPEATED_TYPE_NAMES: &str = "
Column
";

/// The types that rustfmt's `text` declares before its tests: structs, enums, traits, unions and aliases. Associated
/// types do not count.
fn declared_types(text: &str) -> Vec<String> {
    let code = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    let declared = code.filter_map(|line| {
        let is_indented = line.starts_with(' ');
        let mut words =
            line.split_whitespace().skip_while(|word| word.starts_with("pub") || word.ends_with(')'));
        let keyword = words.next()?;
        let is_type =
            ["struct", "enum", "trait", "union"].contains(&keyword) || keyword == "type" && !is_indented;
        let name = words.next().filter(|_| is_type)?;
        Some(name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
    });
    declared.collect()
}

/// Two types of the same name make searches and error messages ambiguous.
#[test]
fn type_names_are_unique() {
    let mut declared: Vec<(String, PathBuf)> = Vec::new();
    for path in sources("src") {
        let types = declared_types(&fs::read_to_string(&path).unwrap());
        declared.extend(types.into_iter().map(|name| (name, path.clone())));
    }
    declared.sort();
    let allowed: Vec<&str> = REPEATED_TYPE_NAMES.split_whitespace().collect();
    let repeated = declared.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1);
    let offenders: Vec<_> = repeated.filter(|same| !allowed.contains(&same[0].0.as_str())).collect();
    assert!(offenders.is_empty(), "type names declared more than once: {offenders:#?}");
}

#[test]
fn types_are_found_in_every_form() {
    let text = "pub(in crate::a) struct A<T>(T);\npub enum B {\n    C,\n}\ntype D = u8;\nimpl E for F {\n    type G = u8;\n}\n\
                fn h() {\n    struct I;\n}\npub(crate) trait J: K {}\n#[cfg(test)]\nmod tests {\n    struct L;\n}\n";
    assert_eq!(declared_types(text), ["A", "B", "D", "I", "J"]);
}

/// Every package is foreign code that must be trusted, built and kept current. To raise the limit, give a reason in
/// `docs/dependencies.md`.
#[test]
fn the_lock_file_stays_within_its_budget() {
    const BUDGET: usize = 189;
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let packages = lock.lines().filter(|line| *line == "[[package]]").count();
    assert!(packages <= BUDGET, "Cargo.lock holds {packages} packages, {BUDGET} are allowed");
}

#[test]
fn every_test_file_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for path in sources("tests/it").iter().filter(|path| !path.ends_with("tests/it/main.rs")) {
        // A folder with a `mod.rs` must be listed in the same place as a file of its name.
        let module = if path.ends_with("mod.rs") { path.parent().unwrap() } else { path };
        let list = match module.parent().unwrap() {
            parent if parent == folder => folder.join("main.rs"),
            parent => parent.join("mod.rs"),
        };
        let name = module.file_stem().unwrap().to_str().unwrap();
        let listed = fs::read_to_string(&list).unwrap();
        let is_listed =
            listed.lines().any(|line| line.trim_start_matches("pub(crate) ") == format!("mod {name};"));
        assert!(is_listed, "{} is not listed in {}", path.display(), list.display());
    }
}

/// The tests of a module are in a folder of the same name.
#[test]
fn test_folders_mirror_the_modules() {
    let modules = modules();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_module = modules.iter().any(|module| module.0 == name);
        assert!(
            is_module
                || ["main.rs", "house.rs", "docs.rs", "examples.rs", "support"].contains(&name.as_str()),
            "tests/it/{name} is no module of docs/architecture.md"
        );
    }
}
