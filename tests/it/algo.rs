//! `plaudit algo` with weights at the limits of numbers, and at any thread count.

use crate::support::sandbox::Sandbox;

#[test]
fn heavy_weights_overflow_nothing() {
    let sandbox = Sandbox::new();
    let heaviest = "a b 9007199254740992\n".repeat(2048);
    sandbox.write("parallel.txt", format!("{heaviest}b c 1\n"));
    sandbox.write("huge.txt", "a b 1e308\n".repeat(2048));
    sandbox.write("wide.txt", "a b 1e300\nb c 1e-300\nc a 4e-320\n");
    for file in ["parallel.txt", "huge.txt", "wide.txt"] {
        for kernel in ["pagerank", "leiden", "label-propagation", "components", "reach", "stats"] {
            for more in [&[][..], &["--undirected"]] {
                sandbox.succeed(&[&["algo", kernel, file], more].concat());
            }
        }
        sandbox.succeed(&["algo", "leiden", file, "--resolution", "1000"]);
    }
    // What is repeated is added up: 2048 equal edges to `b` weigh as much as one to `c` of 2048 times the weight.
    let balanced = "a b 9007199254740992\n".repeat(2048) + "a c 18446744073709551616\n";
    sandbox.write("balanced.txt", balanced);
    let ranks = sandbox.succeed(&["algo", "pagerank", "balanced.txt"]);
    let rank = |node: &str| ranks.lines().find_map(|line| line.strip_prefix(node)).unwrap().to_owned();
    assert_eq!(rank("b,"), rank("c,"));
}
