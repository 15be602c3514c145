//! Kills runs at random times: the store opens afterwards, and `current` is the old or the new run, intact.

use std::{fs, thread, time::Duration, time::Instant};

use plaudit::num;

use crate::support::sandbox::Sandbox;

#[test]
fn fifty_kills_leave_an_intact_store() {
    let sandbox = Sandbox::with_datasets();
    let run = ["run", "-c", "datasets/quickstart/plaudit.toml", "--quiet"];
    let start = Instant::now();
    sandbox.succeed(&run);
    let duration = start.elapsed();
    let current = || fs::read_link(sandbox.path("out/current")).unwrap();
    let mut published = 0;
    for kill in 0..50 {
        let before = current();
        let mut child = sandbox.command(&run).spawn().unwrap();
        // The times of the kills are spread over the whole run, but denser toward its end, when files are written and
        // renamed.
        let part = num::unit_interval(num::random(42, 7, kill, 0));
        let part = if kill % 2 == 0 { part } else { 0.7 + 0.4 * part };
        thread::sleep(Duration::from_secs_f64(duration.as_secs_f64() * part));
        child.kill().unwrap();
        child.wait().unwrap();

        let after = current();
        assert!(
            sandbox.path("out").join(&after).join("_SUCCESS").exists(),
            "kill {kill}: {}",
            after.display()
        );
        if after != before {
            published += 1;
        }
        if after != before || kill % 10 == 0 {
            let outcome = sandbox.plaudit(&["runs", "verify", "current"]);
            assert_eq!(outcome.code, Some(0), "kill {kill}: {}", outcome.stderr);
        }
    }
    println!("{published} of 50 killed runs had published before the signal");
    let listed = sandbox.succeed(&["runs", "list", "--format", "json"]);
    let runs: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let runs = runs.as_array().unwrap();
    // A kill between the rename of the run and the move of `current` leaves an intact run that never became current.
    assert!(runs.len() > published, "every published run is listed");
    for run in runs {
        let id = run["run"].as_str().unwrap();
        let outcome = sandbox.plaudit(&["runs", "verify", id]);
        assert_eq!(outcome.code, Some(0), "{id}: only intact runs are listed\n{}", outcome.stderr);
    }
    sandbox.succeed(&run);
    let leftovers = fs::read_dir(sandbox.path("out/runs")).unwrap();
    let leftovers =
        leftovers.filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with('.'));
    assert_eq!(leftovers.count(), 0, "the next run removes leftover folders");
}
