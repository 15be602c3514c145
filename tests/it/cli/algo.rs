//! `plaudit algo` with weights at the limits of numbers, and at any thread count.

use crate::support::sandbox::Sandbox;

#[test]
fn a_bad_teleport_file_is_reported_with_a_hint() {
    let sandbox = Sandbox::new();
    sandbox.write("graph.txt", "a b\nb c\n");
    sandbox.write("unknown.txt", "a 1\nz 1\n");
    sandbox.write("zero.txt", "a 0\n");
    sandbox.write("huge.txt", "a 1e308\nb 1e308\n");
    for (file, hint) in [
        ("absent.txt", "hint: `--teleport` needs a readable plain text file"),
        ("unknown.txt", "hint: a line holds `node weight`"),
        ("zero.txt", "hint: at least one weight must be above 0"),
        ("huge.txt", "their sum below 1e308"),
    ] {
        let message = sandbox.fail(1, &["algo", "pagerank", "graph.txt", "--teleport", file]);
        assert!(message.contains(hint), "{file}: {message}");
    }
}

#[test]
fn heavy_weights_overflow_nothing() {
    let sandbox = Sandbox::new();
    let heaviest = "a b 9007199254740992\n".repeat(2048);
    sandbox.write("parallel.txt", format!("{heaviest}b c 1\n"));
    sandbox.write("huge.txt", "a b 1e308\n".repeat(2048));
    sandbox.write("wide.txt", "a b 1e300\nb c 1e-300\nc a 4e-320\n");
    for file in ["parallel.txt", "huge.txt", "wide.txt"] {
        for kernel in ["pagerank", "leiden", "label-propagation", "components", "reach", "cohort", "stats"] {
            for more in [&[][..], &["--undirected"]] {
                sandbox.succeed(&[&["algo", kernel, file], more].concat());
            }
        }
        sandbox.succeed(&["algo", "leiden", file, "--resolution", "1000"]);
    }
    // Weights of repeated edges add up: 2048 equal edges to `b` weigh as much as one edge to `c` of 2048 times the
    // weight.
    let balanced = "a b 9007199254740992\n".repeat(2048) + "a c 18446744073709551616\n";
    sandbox.write("balanced.txt", balanced);
    let ranks = sandbox.succeed(&["algo", "pagerank", "balanced.txt"]);
    let rank = |node: &str| ranks.lines().find_map(|line| line.strip_prefix(node)).unwrap().to_owned();
    assert_eq!(rank("b,"), rank("c,"));
}

/// Two nodes, each with a self-loop, and an edge between them. In an undirected graph a loop counts twice in the
/// degree: apart, the modularity is 2 · (2/6 − (3/6)²) = 1/6; together it is 0.
#[test]
fn a_loop_counts_twice_in_the_degree_of_an_undirected_graph() {
    let sandbox = Sandbox::new();
    sandbox.write("loops.txt", "a a\na b\nb b\n");
    for more in [&[][..], &["--undirected"], &["--undirected", "--quality", "directed"]] {
        let found =
            sandbox.succeed(&[&["algo", "leiden", "loops.txt", "--timings", "t.json"], more].concat());
        assert_eq!(found, "node,community\na,0\nb,1\n", "{more:?}");
        let timings: serde_json::Value = serde_json::from_str(&sandbox.read("t.json")).unwrap();
        assert!((timings["modularity"].as_f64().unwrap() - 1.0 / 6.0).abs() < 1e-12, "{more:?}: {timings}");
    }
}

/// Weights that rounding changes are noted; ordinary ones are not.
#[test]
fn coarse_weights_are_noted() {
    let sandbox = Sandbox::new();
    let noted = |arguments: &[&str], text: &str| {
        sandbox.write("g.txt", text);
        sandbox.plaudit(&[&["algo", arguments[0], "g.txt"], &arguments[1..]].concat()).stderr
    };
    let coarse = "a b 1\nc d 100000000\nd b 0.05\n";
    assert!(noted(&["cohort", "--undirected"], coarse).contains("the smallest are rounded by up to"));
    let probabilities = "a b 1\nd b 0.0000000001\n";
    assert!(noted(&["cohort", "--probability", "weight"], probabilities).contains("rounded by up to"));
    // As written, each source has a unit of its own; one probability for all edges needs no weights.
    for more in [&[][..], &["--probability", "0.5", "--undirected"]] {
        let said = noted(&[&["cohort", "-n", "1"], more].concat(), coarse);
        assert_eq!(said, "", "{more:?}");
    }
    for text in ["a b 0.1\nb c 0.1\nc a 0.1\n", "a b 0.1\nb c 0.7\nc a 0.3\n"] {
        assert_eq!(noted(&["pagerank"], text), "", "{text}");
    }
}

/// What is skipped although it may be meant as an edge is told on stderr and in the timings, and options change it.
#[test]
fn skipped_lines_are_noted_and_options_read_them() {
    let sandbox = Sandbox::new();
    sandbox.write("tags.csv", "ada,bo\n#rust,ada\nbo,#rust\n#rust,bo\n#rust,#go\n");
    let said = sandbox.plaudit(&["algo", "stats", "tags.csv", "--timings", "t.json"]);
    assert!(said.stdout.contains("nodes,3\nedges,2\n"), "{}", said.stdout);
    assert_eq!(
        said.stderr,
        "note: tags.csv: 3 lines that begin with # or % behind the first edge are skipped as comments; \
         `--no-comments` reads such lines\n"
    );
    let timings =
        |sandbox: &Sandbox| -> serde_json::Value { serde_json::from_str(&sandbox.read("t.json")).unwrap() };
    assert_eq!(
        (&timings(&sandbox)["comment_lines"], &timings(&sandbox)["header_line"]),
        (&3.into(), &().into())
    );
    let all = sandbox.plaudit(&["algo", "stats", "tags.csv", "--no-comments"]);
    assert!(all.stdout.contains("nodes,4\nedges,5\n"), "{}", all.stdout);
    assert_eq!(all.stderr, "");

    sandbox.write("quoted.csv", "# R\n\"source\",\"target\"\n\"ada\",\"bo\"\nada,cy\n");
    let said = sandbox.plaudit(&["algo", "components", "quoted.csv", "--timings", "t.json"]);
    assert_eq!(said.stdout, "node,component\nada,ada\nbo,ada\ncy,ada\n");
    assert_eq!(
        said.stderr,
        "note: quoted.csv:2: `\"source\",\"target\"` is a header and is skipped; `--no-header` reads it as a row\n"
    );
    let edges = sandbox.succeed(&["algo", "stats", "quoted.csv", "--no-header"]);
    assert!(edges.contains("nodes,5\nedges,3\n"), "{edges}");
    assert_eq!(
        (&timings(&sandbox)["comment_lines"], &timings(&sandbox)["header_line"]),
        (&0.into(), &2.into())
    );

    sandbox.write("mixed.txt", "ada bob\t5\n");
    let refused = sandbox.fail(1, &["algo", "stats", "mixed.txt"]);
    assert!(refused.contains("mixed.txt:1:4") && refused.contains("`--delimiter tab`"), "{refused}");
    for (delimiter, nodes) in [("tab", "nodes,2\n"), ("blank", "nodes,2\n"), ("comma", "")] {
        let outcome = sandbox.plaudit(&["algo", "stats", "mixed.txt", "--delimiter", delimiter]);
        assert_eq!(
            outcome.stdout.contains("nodes,2\n"),
            !nodes.is_empty(),
            "{delimiter}: {}",
            outcome.stdout
        );
    }
    let blanks = sandbox.succeed(&["algo", "components", "mixed.txt", "--delimiter", "blank"]);
    assert_eq!(blanks, "node,component\nada,ada\nbob,ada\n");

    sandbox.write("times.txt", "1 2 1 1700000000\n2 3 1 1700000001\n1 2 1 1700000002\n");
    let refused = sandbox.fail(1, &["algo", "stats", "times.txt"]);
    assert!(
        refused.contains("columns follow the weight") && refused.contains("`--ignore-weights`"),
        "{refused}"
    );
    let read = sandbox.succeed(&["algo", "stats", "times.txt", "--ignore-weights"]);
    assert!(read.contains("nodes,3\nedges,2\n"), "a repeated pair counts once: {read}");

    sandbox.write("header.txt", "source target\n");
    let refused = sandbox.fail(1, &["algo", "stats", "header.txt"]);
    assert!(refused.contains("contains only a header, comments and blank lines"), "{refused}");
}

#[test]
fn a_cohort_is_listed_in_order_of_choice() {
    let sandbox = Sandbox::new();
    // Nine nodes attend to `star`, three to `moon`, and one to `far`.
    let fans =
        |of: &str, count: u32| (0..count).map(|i| format!("{of}{i} {of}\n")).collect::<Vec<_>>().concat();
    sandbox.write("g.txt", fans("star", 9) + &fans("moon", 3) + &fans("far", 1));
    let answer = sandbox.succeed(&["algo", "cohort", "g.txt", "-n", "3", "--timings", "t.json"]);
    let rows: Vec<Vec<&str>> = answer.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["node", "spread", "low", "high"]);
    assert_eq!([rows[1][0], rows[2][0], rows[3][0]], ["star", "moon", "far"]);
    for (row, exact) in rows[1..].iter().zip([10.0, 14.0, 16.0]) {
        let [mean, low, high] = [1, 2, 3].map(|at: usize| row[at].parse::<f64>().unwrap());
        assert!(low <= exact && exact <= high && low <= mean && mean <= high, "{row:?}");
        assert!((mean - exact).abs() < 1.0, "{row:?}");
    }
    let all = sandbox.plaudit(&["algo", "cohort", "g.txt"]);
    assert_eq!(all.stderr, "note: 3 nodes are selected: no further node adds measurable spread\n");
    let timings: serde_json::Value = serde_json::from_str(&sandbox.read("t.json")).unwrap();
    assert!(timings["certificate"].as_f64().unwrap() >= 0.53);
    assert_eq!(timings["spread"].to_string().parse::<f64>().unwrap(), rows[3][1].parse::<f64>().unwrap());
    for threads in ["1", "3"] {
        assert_eq!(sandbox.succeed(&["algo", "cohort", "g.txt", "-n", "3", "--threads", threads]), answer);
    }
    sandbox.write("heavy.txt", "a b 0.5\na c 0.75\n");
    let message =
        sandbox.fail(1, &["algo", "cohort", "heavy.txt", "--probability", "weight", "--model", "lt"]);
    assert!(message.contains("the probabilities of `a` add up to 1.25;"), "{message}");
    assert!(sandbox.succeed(&["algo", "cohort", "heavy.txt", "--probability", "weight"]).contains("\nc,"));
    sandbox.write("heavy.txt", "a b 0.5\na c 7\n");
    let message = sandbox.fail(1, &["algo", "cohort", "heavy.txt", "--probability", "weight"]);
    assert!(
        message.contains("the edge from `a` to `c` has weight 7; as a probability it may be at most 1"),
        "{message}"
    );
    assert!(message.contains("hint: `--probability weighted-cascade` accepts any weights"), "{message}");
}

#[test]
fn the_error_bound_includes_the_rounding_of_weights() {
    let sandbox = Sandbox::new();
    let bound = |text: &str, more: &[&str]| -> f64 {
        sandbox.write("g.txt", text);
        let fixed = ["algo", "pagerank", "g.txt", "-o", "ranks.csv", "--timings", "t.json"];
        sandbox.succeed(&[&fixed[..], more].concat());
        let timings: serde_json::Value = serde_json::from_str(&sandbox.read("t.json")).unwrap();
        timings["error_bound"].as_f64().unwrap()
    };
    assert!(bound("a b 3\nc d 1\nc e 1000\n", &[]) < 2e-9, "whole weights are exact");
    assert!(bound("a b 0.5\nc d 0.25\nc e 7\n", &[]) < 2e-9, "so are halves and quarters");
    // The true shares of d and e are in the ratio of 1 to 1000. In both directions one unit is 1e12 / 2^32; as written,
    // each source has a unit of its own.
    let unlike = "a b 1e12\nc d 1\nc e 1000\n";
    assert!(bound(unlike, &["--undirected"]) > 0.05);
    assert!(bound(unlike, &[]) < 2e-9);
}

#[test]
fn a_pipe_closed_early_is_no_error() {
    let sandbox = Sandbox::new();
    let lines = (0..100_000).map(|i| format!("{i} {}\n", i + 1));
    sandbox.write("path.txt", lines.collect::<String>());
    for kernel in ["pagerank", "core-numbers", "components"] {
        let outcome = sandbox.unread(&["algo", kernel, "path.txt"]);
        assert_eq!(outcome.code, Some(0), "{kernel}: {}", outcome.stderr);
    }
}

#[test]
fn output_files_must_differ_from_input_files() {
    let sandbox = Sandbox::new();
    sandbox.write("graph.txt", "a b\nb c\n");
    sandbox.write("from.txt", "a 1\n");
    let link = sandbox.path("link.txt");
    std::os::unix::fs::symlink(sandbox.path("graph.txt"), &link).unwrap();
    for given in [
        &["-o", "graph.txt"][..],
        &["-o", "link.txt"],
        &["--timings", "graph.txt"],
        &["-o", "same.txt", "--timings", "same.txt"],
        &["--nodes", "from.txt", "-o", "from.txt"],
        &["--teleport", "from.txt", "-o", "from.txt"],
    ] {
        let said = sandbox.fail(1, &[&["algo", "pagerank", "graph.txt"], given].concat());
        assert!(said.contains("is named twice"), "{given:?}: {said}");
    }
    assert_eq!((sandbox.read("graph.txt"), sandbox.read("from.txt")), ("a b\nb c\n".into(), "a 1\n".into()));
    assert!(!sandbox.path("same.txt").exists());
    sandbox.succeed(&["algo", "pagerank", "graph.txt", "-o", "/dev/null", "--timings", "/dev/null"]);
}

#[test]
fn a_note_says_that_weights_are_rounded() {
    let sandbox = Sandbox::new();
    sandbox.write("graph.txt", "p q 1e15\nx y 1000\nx z 1\n");
    let said = sandbox.plaudit(&["algo", "pagerank", "graph.txt", "--undirected"]);
    assert!(
        said.code == Some(0) && said.stderr.contains("the L1 error of the ranks may reach"),
        "{}",
        said.stderr
    );
    // As written, each source has a unit of its own.
    assert_eq!(sandbox.plaudit(&["algo", "pagerank", "graph.txt"]).stderr, "");
    sandbox.write("graph.txt", "p q 1e5\nx y 1000\nx z 1\n");
    assert_eq!(sandbox.plaudit(&["algo", "pagerank", "graph.txt", "--undirected"]).stderr, "");
}

/// PageRank by hand where the weights of one source are 10^15 times those of another: only the shares within each row
/// count.
#[test]
fn small_weights_are_not_rounded_to_the_largest_of_all() {
    let sandbox = Sandbox::new();
    let lines = "alice bob 1000000000000000000\nalice carol 3\nbob alice 2500000000000000000\n\
                 carol alice 1\ncarol dave 1000\ndave alice 40\n";
    sandbox.write("graph.txt", lines);
    let outcome = sandbox.plaudit(&["algo", "pagerank", "graph.txt"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    // Carol's rank is hers by teleport alone, apart from 3e-18 of alice's.
    let (damping, teleport) = (0.85, 0.15 / 4.0);
    let carol = teleport;
    let dave = teleport + damping * carol * 1000.0 / 1001.0;
    // alice = teleport + damping (bob + carol / 1001 + dave), bob = teleport + damping alice
    let to_alice = teleport + damping * (teleport + carol / 1001.0 + dave);
    let alice = to_alice / (1.0 - damping * damping);
    let bob = teleport + damping * alice;
    for (line, (name, exact)) in
        outcome.stdout.lines().skip(1).zip([("alice", alice), ("bob", bob), ("carol", carol), ("dave", dave)])
    {
        let (id, rank) = line.split_once(',').unwrap();
        let rank: f64 = rank.parse().unwrap();
        assert!(id == name && (rank - exact).abs() < 1e-9, "{line} {exact}");
    }
    assert_eq!(outcome.stdout.lines().count(), 5);
    // In both directions a weight counts in two rows, so it cannot be scaled, and a note says what rounding may do.
    let noted = sandbox.plaudit(&["algo", "pagerank", "graph.txt", "--undirected"]).stderr;
    assert!(noted.contains("the weights differ so much that the smallest are rounded coarsely"), "{noted}");
}

/// Seeds whose spread is known in closed form, beside an edge whose weight is 10^10 and more times that of the others.
#[test]
fn a_heavy_edge_elsewhere_does_not_change_a_cohort() {
    let sandbox = Sandbox::new();
    // Each of 500 sources gives 1/6 of its strength to x and 5/6 to y.
    let rows: Vec<String> = (0..500).map(|source| format!("f{source} x 0.01\nf{source} y 0.05\n")).collect();
    sandbox.write("pay.txt", rows.concat() + "whale bank 1e9\n");
    sandbox.write("small.txt", "a b 1e-6\na c 3e-6\nd e 1e6\n");
    let found = |file: &str, size: &str, model: &str| -> Vec<(String, f64)> {
        let outcome = sandbox.plaudit(&["algo", "cohort", file, "-n", size, "--model", model]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
        let row = |line: &str| {
            let mut fields = line.split(',');
            (fields.next().unwrap().to_owned(), fields.next().unwrap().parse().unwrap())
        };
        outcome.stdout.lines().skip(1).map(row).collect()
    };
    for model in ["lt", "ic"] {
        let best = found("pay.txt", "1", model);
        let exact = 1.0 + 500.0 * 5.0 / 6.0;
        assert!(best[0].0 == "y" && (best[0].1 / exact - 1.0).abs() < 0.01, "{model}: {best:?}");
        // e activates d for certain, c activates a with probability 3/4; b would with 1/4.
        let pair = found("small.txt", "2", model);
        assert!(pair[0].0 == "e" && pair[1].0 == "c", "{model}: {pair:?}");
        let exact = [2.0, 2.0 + 1.75];
        assert!(pair.iter().zip(exact).all(|(seed, exact)| (seed.1 / exact - 1.0).abs() < 0.03), "{pair:?}");
    }
}
