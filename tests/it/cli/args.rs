//! The command line: the parsed form of each option, exit codes, and that the document describes every option.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use clap::CommandFactory;
use plaudit::{
    cli::{
        args::{
            Cli, Command as Args, CommunitiesAction, GenerateAction, Kernel, LogFormat, RunsAction, StoreArgs,
        },
        inputs, kernels,
    },
    config::{Files, defaults},
    influence::{Diffusion, EdgeProbability},
    rank::{self, Solver, StopRule},
    reach,
    report::{Format, TopBy},
};

use crate::{
    docs::{without_shell_operators, words},
    support::sandbox::Sandbox,
};

const DOCUMENT: &str = include_str!("../../../docs/commands.md");

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::read(line.split_whitespace())
}

fn command(line: &str) -> Args {
    parse(line).unwrap_or_else(|error| panic!("{line}: {error}")).command
}

fn plaudit(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plaudit")).args(arguments).current_dir(folder).output().unwrap()
}

#[test]
fn clap_accepts_the_command_definitions() {
    Cli::command().debug_assert();
}

#[test]
fn every_option_lands_where_it_belongs() {
    let Args::Run(run) = command("plaudit run -c a.toml --out o --log-format json -q") else { panic!() };
    assert_eq!(run.input.config.as_deref(), Some(Path::new("a.toml")));
    assert_eq!(run.input.out.as_deref(), Some(Path::new("o")));
    assert_eq!((run.progress.log_format, run.progress.quiet), (LogFormat::Json, true));
    let Args::Top(top) =
        command("plaudit top --by reach --tier gold --community 3 --channel x --run r --store s")
    else {
        panic!()
    };
    assert_eq!((top.count, top.by, top.community), (20, TopBy::Reach, Some(3)));
    assert_eq!((top.tier.as_deref(), top.channel.as_deref()), (Some("gold"), Some("x")));
    assert_eq!((top.read.run.as_deref(), top.read.format), (Some("r"), Format::Table));
    let Args::Prospects(prospects) = command("plaudit prospects --format csv") else { panic!() };
    assert_eq!((prospects.count, prospects.read.format), (100, Format::Csv));
    let Args::Communities(communities) = command("plaudit communities -n 5") else { panic!() };
    assert!(communities.count == 5 && communities.action.is_none());
    let Args::Communities(communities) = command("plaudit communities show 7 --format json") else {
        panic!()
    };
    let Some(CommunitiesAction::Show(show)) = communities.action else { panic!() };
    assert_eq!((show.community, show.count, communities.read.format), (7, 10, Format::Json));
    let Args::Communities(communities) = command("plaudit communities invite 7 -n 3 --run r") else {
        panic!()
    };
    let Some(CommunitiesAction::Invite(invite)) = communities.action else { panic!() };
    assert_eq!((invite.community, invite.count, communities.read.run.as_deref()), (7, 3, Some("r")));
    let Args::Generate(generate) = command("plaudit generate --seed 9 -o d") else { panic!() };
    let company = generate.company.unwrap();
    assert_eq!((company.seed, company.output.as_path()), (9, Path::new("d")));
    let Args::Generate(generate) = command("plaudit generate planted --mixing 0.5 --nodes 9000 -o d") else {
        panic!()
    };
    let Some(GenerateAction::Planted(planted)) = generate.action else { panic!() };
    assert_eq!((planted.mixing, planted.nodes, planted.output.as_path()), (0.5, 9000, Path::new("d")));
}

#[test]
fn runs_lists_unless_told_otherwise() {
    let Args::Runs(runs) = command("plaudit runs --store s") else { panic!() };
    assert!(runs.action.is_none());
    assert_eq!(runs.store.store.as_deref(), Some(Path::new("s")));
    let Args::Runs(runs) = command("plaudit runs verify id -c p.toml") else { panic!() };
    let Some(RunsAction::Verify(one)) = runs.action else { panic!() };
    assert_eq!((one.run.as_deref(), runs.store.config.as_deref()), (Some("id"), Some(Path::new("p.toml"))));
    let Args::Runs(runs) = command("plaudit runs --format json show id") else { panic!() };
    assert_eq!(runs.format, Format::Json);
}

/// What belongs to all actions of a command may stand before the action and after it.
#[test]
fn shared_options_stand_anywhere() {
    for line in [
        "plaudit communities --store s -c p.toml --run r --format json show 7",
        "plaudit communities --store s show 7 -c p.toml --run r --format json",
        "plaudit communities show --store s -c p.toml 7 --run r --format json",
        "plaudit communities invite 7 --store s -c p.toml --run r --format json",
    ] {
        let Args::Communities(communities) = command(line) else { panic!() };
        let read = communities.read;
        assert_eq!(read.store.store.as_deref(), Some(Path::new("s")), "{line}");
        assert_eq!(read.store.config.as_deref(), Some(Path::new("p.toml")), "{line}");
        assert_eq!((read.run.as_deref(), read.format), (Some("r"), Format::Json), "{line}");
        assert!(communities.action.is_some(), "{line}");
    }
    let said = parse("plaudit communities -n 5 show 3").unwrap_err().to_string();
    assert!(said.contains("write `plaudit communities show … -n N`"), "{said}");
}

#[test]
fn algo_options_become_configurations() {
    let Args::Algo(algo) = command("plaudit algo pagerank g --rounds 14 --solver jacobi --damping 0.5")
    else {
        panic!()
    };
    let Kernel::Pagerank(args) = algo.kernel else { panic!() };
    let config = kernels::pagerank_config(&args);
    assert_eq!((config.stop, config.solver, config.damping), (StopRule::Rounds(14), Solver::Jacobi, 0.5));
    let Args::Algo(algo) = command("plaudit algo pagerank g") else { panic!() };
    let Kernel::Pagerank(args) = algo.kernel else { panic!() };
    let config = kernels::pagerank_config(&args);
    let stop = StopRule::Certified { tolerance: rank::TOLERANCE, max_rounds: rank::MAX_ROUNDS };
    assert_eq!((config.stop, config.solver, config.damping), (stop, defaults::SOLVER, rank::DAMPING));
    let Args::Algo(algo) = command("plaudit algo reach g --hops 3 --registers 1024 --exact-edges 0 --seed 5")
    else {
        panic!()
    };
    let Kernel::Reach(args) = algo.kernel else { panic!() };
    let config = kernels::reach_config(&args);
    assert_eq!((config.hops, config.registers, config.exact_edges, config.seed), (3, 1024, 0, 5));
    assert_eq!((config.exact_top, config.decay), (reach::EXACT_TOP, reach::DECAY));
    let Args::Algo(algo) =
        command("plaudit algo cohort g -n 7 --probability 0.2 --model lt --epsilon 0.3 --seed 8")
    else {
        panic!()
    };
    let Kernel::Cohort(args) = algo.kernel else { panic!() };
    assert_eq!(
        (args.size, args.probability.clone(), args.model),
        (7, EdgeProbability::Fixed(0.2), Diffusion::LinearThreshold)
    );
    let config = kernels::seed_config(&args);
    assert_eq!((config.epsilon, config.seed), (0.3, 8));
    let Args::Algo(algo) = command("plaudit algo leiden g --resolution 0.5 --iterations 4") else { panic!() };
    let Kernel::Leiden(args) = algo.kernel else { panic!() };
    let config = kernels::leiden_config(&args);
    assert_eq!((config.resolution, config.iterations, config.seed), (0.5, 4, defaults::SEED));
}

#[test]
fn numbers_out_of_range_are_refused_with_the_range() {
    for (line, expected) in [
        (
            "plaudit algo leiden g --iterations -1",
            "'-1' for '--iterations <N>': a whole number from 1 to 100 is",
        ),
        (
            "plaudit algo leiden g --iterations x",
            "'x' for '--iterations <N>': a whole number from 1 to 100 is",
        ),
        (
            "plaudit algo leiden g --seed -1",
            "'-1' for '--seed <S>': a whole number from 0 to 2^63 - 1 is expected",
        ),
        (
            "plaudit algo leiden g --seed 99999999999999999999",
            "a whole number from 0 to 2^63 - 1 is expected",
        ),
        (
            "plaudit algo leiden g --resolution -1",
            "'-1' for '--resolution <R>': a number from 0.001 to 1000 is",
        ),
        ("plaudit top -n -1", "'-1' for '--count <N>': a whole number from 0 to 2^63 - 1 is expected"),
        ("plaudit top --community -3", "a whole number from 0 to 4294967295 is expected"),
        ("plaudit communities show 1.5", "'1.5' for '<ID>': a whole number from 0 to 4294967295 is expected"),
        ("plaudit generate planted --nodes -5 -o d", "a whole number from 0 to 4294967295 is expected"),
        ("plaudit generate --customers 99 -o d", "a whole number from 100 to 100000000 is expected"),
        ("plaudit run --threads 0", "a whole number from 1 to 1024 is expected"),
    ] {
        let message = parse(line).unwrap_err().to_string();
        assert!(message.contains(expected), "{line}: {message}");
    }
}

#[test]
fn invalid_arguments_are_refused() {
    for line in [
        "plaudit",
        "plaudit runn",
        "plaudit run --events a.csv -c b.toml",
        "plaudit run --threads 0",
        "plaudit run --threads 1025",
        "plaudit top --by fame",
        "plaudit communities show",
        "plaudit communities invite x",
        "plaudit communities -n 5 show 3",
        "plaudit top -n -1",
        "plaudit generate",
        "plaudit generate planted",
        "plaudit generate planted --mixing 2 -o d",
        "plaudit generate planted --customers 500 -o d",
        "plaudit algo pagerank",
        "plaudit algo cohort g --size 0",
        "plaudit algo cohort g --epsilon 0",
        "plaudit algo cohort g --epsilon 0.6",
        "plaudit algo cohort g --probability 0",
        "plaudit algo cohort g --probability 1.1",
        "plaudit algo cohort g --probability cascade",
        "plaudit algo pagerank g --damping 1",
        "plaudit algo pagerank g --damping nan",
        "plaudit algo pagerank g --tolerance 0",
        "plaudit algo pagerank g --tolerance 2",
        "plaudit algo pagerank g --tolerance inf",
        "plaudit algo hits g --tolerance 2",
        "plaudit algo pagerank g --rounds 5 --tolerance 0.1",
        "plaudit algo reach g --registers 100",
        "plaudit algo reach g --hops 0",
        "plaudit algo leiden g --resolution 0",
        "plaudit algo components g --rounds 5",
    ] {
        assert!(parse(line).is_err_and(|error| error.exit_code() == 2), "{line}");
    }
}

#[test]
fn the_command_line_wins_over_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("job.toml");
    fs::write(&config, "[run]\noutput = 'mine'\nthreads = 5\n[[events]]\npath = 'e.csv'\n").unwrap();
    let plan = |options: &str| {
        let cli = parse(&format!("plaudit run {options}")).unwrap();
        let Args::Run(args) = &cli.command else { panic!() };
        inputs::plan(&args.input, cli.threads).unwrap()
    };
    let named = format!("-c {}", config.display());
    assert_eq!(plan(&named).output, folder.path().join("mine"));
    assert_eq!(plan(&named).threads.map(usize::from), Some(5));
    assert_eq!(plan(&format!("{named} --out o --threads 2")).output, Path::new("o"));
    assert_eq!(plan(&format!("{named} --out o --threads 2")).threads.map(usize::from), Some(2));
    let alone = plan("--events a.csv b.csv");
    assert_eq!(alone.output, Path::new("out"));
    assert_eq!(alone.events[1].files, Files::Exact("b.csv".into()));
    let store = |store: Option<&str>, config: Option<&Path>| {
        let args = StoreArgs { store: store.map(Into::into), config: config.map(Into::into) };
        inputs::store_folder(&args).unwrap()
    };
    assert_eq!(store(Some("s"), Some(&config)), Path::new("s"));
    assert_eq!(store(None, Some(&config)), folder.path().join("mine"));
}

#[test]
fn help_and_version_are_data_and_exit_0() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["--help"][..], &["--version"], &["algo", "reach", "--help"], &["help", "run"]] {
        let output = plaudit(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn usage_errors_exit_2_and_bad_configurations_exit_1() {
    let folder = tempfile::tempdir().unwrap();
    let usage = plaudit(folder.path(), &["run", "--colour"]);
    assert_eq!(usage.status.code(), Some(2));
    assert!(usage.stdout.is_empty() && !usage.stderr.is_empty());

    let absent = plaudit(folder.path(), &["run"]);
    assert_eq!(absent.status.code(), Some(1));
    let text = String::from_utf8(absent.stderr).unwrap();
    assert!(text.starts_with("error: cannot read the configuration `plaudit.toml`\n  why:  "), "{text}");
    assert!(text.contains("\n  hint: name one with `-c FILE`"), "{text}");

    fs::write(folder.path().join("plaudit.toml"), "[rank]\nsolvr = 'jacobi'\n").unwrap();
    for arguments in [&["run"][..], &["check"], &["top"], &["communities"], &["prospects"]] {
        let bad = plaudit(folder.path(), arguments);
        assert_eq!(bad.status.code(), Some(1), "{arguments:?}");
        let text = String::from_utf8(bad.stderr).unwrap();
        assert!(text.starts_with("error: unknown key `rank.solvr` at plaudit.toml:2:1\n"), "{text}");
        assert!(bad.stdout.is_empty());
    }
    let json = plaudit(folder.path(), &["run", "--log-format", "json"]);
    let line: serde_json::Value = serde_json::from_slice(&json.stderr).unwrap();
    assert_eq!((line["event"].as_str(), line["exit"].as_u64()), (Some("error"), Some(1)));
    assert_eq!(line["hint"], "did you mean `solver`?");

    fs::write(folder.path().join("plaudit.toml"), b"\xff\xfe\x00binary").unwrap();
    assert_eq!(plaudit(folder.path(), &["run"]).status.code(), Some(1));
}

#[test]
fn a_pipe_closed_early_is_no_error() {
    let outcome = Sandbox::new().unread(&["run", "--help"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
}

/// Every command that can be run, as it is typed: besides the commands without subcommands, also `generate` itself.
fn leaves<'a>(path: &str, command: &'a clap::Command, found: &mut Vec<(String, &'a clap::Command)>) {
    let does_something_alone = command.get_arguments().any(|argument| argument.get_long() == Some("count"));
    if command.get_subcommands().next().is_none() || does_something_alone || command.get_name() == "generate"
    {
        found.push((path.to_owned(), command));
    }
    for child in command.get_subcommands() {
        leaves(&format!("{path} {}", child.get_name()), child, found);
    }
}

/// The bullets of the sections of docs/commands.md that apply to a command, one line for each; the command's own
/// section comes last.
fn bullets(path: &str) -> Vec<String> {
    let shared = match path.split(' ').nth(1).unwrap() {
        "top" | "prospects" | "communities" | "runs" => "Reading a run",
        "check" => "`plaudit run`",
        _ => "",
    };
    let mut bullets: Vec<String> = Vec::new();
    let (mut ours, mut open) = (false, false);
    for line in DOCUMENT.lines() {
        if line.starts_with('#') {
            let title = line.trim_start_matches(['#', ' ']);
            let named = title.trim_matches('`');
            // The options of `generate` are not those of `generate planted`.
            let is_group = named.contains(' ') && named != "plaudit generate";
            ours = title == shared || path == named || (path.starts_with(&format!("{named} ")) && is_group);
        }
        let begins = line.starts_with("- ");
        if ours && begins {
            bullets.push(line.to_owned());
        } else if ours && open && line.starts_with("  ") {
            bullets.last_mut().unwrap().push_str(&line[1..]);
        }
        open = begins || (open && line.starts_with("  "));
    }
    bullets
}

/// An option as the document spells it: names, then its value or the list of its values.
fn spelled(option: &clap::Arg) -> String {
    let short = option.get_short().map_or(String::new(), |short| format!("-{short}, "));
    let mut text = format!("{short}--{}", option.get_long().unwrap());
    if option.get_action().takes_values() {
        let values: Vec<String> =
            option.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        let name = option.get_value_names().map_or(String::new(), |names| names[0].to_string());
        let many = option.get_num_args().is_some_and(|count| count.max_values() > 1);
        text = format!(
            "{text} {}{}",
            if values.is_empty() { name } else { values.join("|") },
            if many { "…" } else { "" }
        );
    }
    text
}

/// The word before "unless it is given", without its quotes.
fn documented_default(bullet: &str) -> Option<&str> {
    let before = bullet.split(" unless it is given").next().filter(|before| before.len() < bullet.len())?;
    Some(before.rsplit(' ').next().unwrap().trim_matches('`'))
}

#[test]
fn the_document_lists_every_option_of_every_command_with_its_values_and_default() {
    let mut cli = Cli::command();
    cli.build();
    let mut commands = Vec::new();
    leaves("plaudit", &cli, &mut commands);
    commands.retain(|(path, _)| !path.split(' ').any(|word| word == "help"));
    assert_eq!(commands.len(), 26);
    for (path, command) in commands {
        assert!(DOCUMENT.contains(&path), "{path} is not in docs/commands.md");
        let bullets = bullets(&path);
        let bullet_of =
            |spelled: &str| bullets.iter().rfind(|bullet| bullet.starts_with(&format!("- `{spelled}`")));
        let mut known = Vec::new();
        for option in command.get_arguments().filter(|argument| argument.get_long().is_some()) {
            let long = option.get_long().unwrap();
            if ["help", "version", "threads"].contains(&long) {
                continue;
            }
            known.push(long.to_owned());
            let spelled = spelled(option);
            let bullet = bullet_of(&spelled)
                .unwrap_or_else(|| panic!("{path}: no bullet begins `{spelled}`: {bullets:#?}"));
            let defaults = option.get_default_values();
            if let ([default], true) = (defaults, option.get_action().takes_values()) {
                let (default, reported) =
                    (default.to_str().unwrap(), documented_default(bullet).unwrap_or("nothing"));
                let same_number = default.parse::<f64>().is_ok_and(|number| reported.parse() == Ok(number));
                assert!(
                    default == reported || same_number,
                    "{path}: {spelled}: {default} is reported as {reported}"
                );
            }
        }
        // Conversely: the command has every option that its section documents.
        for bullet in bullets.iter().filter(|_| !path.starts_with("plaudit runs")) {
            let Some(long) = bullet.split('`').nth(1).and_then(|spelled| spelled.split("--").nth(1)) else {
                continue;
            };
            let long = long.split(' ').next().unwrap();
            // Its section refers to the options of `run` with these exceptions.
            if path == "plaudit check" && ["force", "as-of"].contains(&long) {
                continue;
            }
            assert!(known.iter().any(|known| known == long), "{path} has no --{long}");
        }
    }
    assert!(DOCUMENT.contains("`--threads N` works with every command"));
}

#[test]
fn every_example_of_the_document_and_the_help_parses() {
    let mut help = String::new();
    collect_after_help(&Cli::command(), &mut help);
    let lines: Vec<&str> = DOCUMENT
        .lines()
        .chain(help.lines().map(str::trim_start))
        .filter(|line| line.starts_with("plaudit "))
        .collect();
    assert!(lines.len() > 25, "{lines:?}");
    for line in lines {
        if line.contains("COMMAND") {
            continue;
        }
        let typed = without_shell_operators(line.split("   ").next().unwrap());
        assert!(Cli::read(words(typed)).is_ok(), "{typed}");
    }
}

fn collect_after_help(command: &clap::Command, help: &mut String) {
    if let Some(text) = command.get_after_help() {
        help.push_str(&text.to_string());
        help.push('\n');
    }
    command.get_subcommands().for_each(|child| collect_after_help(child, help));
}
