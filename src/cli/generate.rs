//! `plaudit generate`: writes a synthetic data set with known truth to a folder.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use super::{
    args::{CompanyArgs, GenerateAction, GenerateArgs, PlantedArgs},
    exit::{CliError, EXIT_USAGE},
    output,
};
use crate::{
    generate::{self, EDGES_FILE, GenerateConfig, PlantedConfig, PlantedError, TRUTH_FILE},
    ids::offset64,
    text::{bytes, counted, harmless},
};

/// Writes the requested data set; refuses a folder that is not empty.
pub(super) fn run(args: &GenerateArgs) -> Result<(), CliError> {
    match (&args.action, &args.company) {
        (Some(GenerateAction::Planted(args)), _) => planted(args),
        (None, Some(args)) => company(args),
        (None, None) => Err(CliError::usage("no folder to write to is named").hint("name one with `-o`")),
    }
}

fn company(args: &CompanyArgs) -> Result<(), CliError> {
    refuse_used(&args.output)?;
    let files = generate::generate(&config(args)).files();
    let mut total = 0;
    for (name, contents) in &files {
        write(&args.output.join(name), |out| out.write_all(contents))?;
        total += offset64(contents.len());
    }
    output::to_stdout(|out| {
        let folder = harmless(&args.output.to_string_lossy());
        let count = counted(offset64(files.len()), "file", "files");
        writeln!(out, "{count}, {} in {folder}", bytes(total))?;
        writeln!(out, "try: plaudit run -c {}", harmless(&args.output.join("plaudit.toml").to_string_lossy()))
    })
}

fn config(args: &CompanyArgs) -> GenerateConfig {
    GenerateConfig {
        customers: args.customers,
        prospects: args.prospects,
        events: args.events,
        seed: args.seed,
        output: args.store.clone(),
        ..GenerateConfig::default()
    }
}

fn planted(args: &PlantedArgs) -> Result<(), CliError> {
    refuse_used(&args.output)?;
    let cfg = PlantedConfig {
        nodes: args.nodes,
        mean_degree: args.degree,
        max_degree: args.max_degree,
        mixing: args.mixing,
        smallest_community: args.smallest,
        largest_community: args.largest,
        seed: args.seed,
    };
    let graph = generate::planted(&cfg)
        .map_err(|error| CliError::of_module(EXIT_USAGE, &error).hint(planted_hint(&error)))?;
    let (edges, truth) = (args.output.join(EDGES_FILE), args.output.join(TRUTH_FILE));
    write(&edges, |out| graph.write_edges(out))?;
    write(&truth, |out| graph.write_truth(out))?;
    output::to_stdout(|out| {
        let nodes = counted(offset64(graph.community.len()), "node", "nodes");
        let ties = counted(offset64(graph.edges.len()), "edge", "edges");
        let communities = counted(offset64(graph.community_count), "community", "communities");
        writeln!(out, "{nodes}, {ties}, {communities} in {}", harmless(&args.output.to_string_lossy()))?;
        writeln!(out, "try: plaudit algo leiden {} --undirected", harmless(&edges.to_string_lossy()))
    })
}

fn planted_hint(error: &PlantedError) -> &'static str {
    match error {
        PlantedError::BadDegree { .. } => "change `--degree` or `--max-degree`",
        PlantedError::NoEdges => "raise `--max-degree`",
        PlantedError::TooFewNodes { .. } => "lower `--max-degree` or raise `--nodes`",
        PlantedError::BadSizes { .. } => "change `--smallest` or `--largest`",
        PlantedError::OneCommunity { .. } => "lower `--largest` or raise `--nodes`",
        PlantedError::TooDense { .. } => "lower `--max-degree`, or raise `--largest` or `--mixing`",
        _ => "`plaudit generate planted --help` explains the options",
    }
}

fn refuse_used(folder: &Path) -> Result<(), CliError> {
    let used = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if used || folder.is_file() {
        return Err(CliError::input(format!("cannot write to `{}`", folder.display()))
            .why("it is in use")
            .hint("name a new or an empty folder with `-o`"));
    }
    Ok(())
}

fn write(path: &Path, contents: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).and_then(|()| contents(&mut File::create(path)?)).map_err(|error| {
        CliError::unwritten(format!("cannot write `{}`", path.display()), &error)
            .hint("check that the folder is writable and its disk has free space")
    })
}
