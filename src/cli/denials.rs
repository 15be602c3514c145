//! `plaudit denials`: what the store remembers of denials of consent, and how an operator takes a wrong one back.

use super::{
    args::{DenialsAction, DenialsArgs},
    exit::CliError,
    inputs, output,
};
use crate::{
    history::open_denials,
    identity::Denials,
    store::{LockedStore, Store},
    text::counted,
};

pub(super) fn denials(args: &DenialsArgs) -> Result<(), CliError> {
    let folder = inputs::store_folder(&args.store)?;
    // A folder that is no store is not made one.
    let store = Store::open(&folder)?;
    match &args.action {
        None | Some(DenialsAction::Show) => show(&open_denials(&store)?),
        Some(DenialsAction::ForgetRefused) => {
            let (store, mut denials) = open(&folder)?;
            let people = denials.forget_unpublished();
            store.keep_denials(&denials.to_bytes())?;
            let people = counted(people, "denial", "denials");
            output::to_stdout(|out| {
                writeln!(
                    out,
                    "forgotten: {people} that only refused runs knew, and the identifiers that only they stated"
                )
            })
        }
        Some(DenialsAction::Release { identifier }) => {
            let (store, mut denials) = open(&folder)?;
            if !denials.release(identifier) {
                return Err(CliError::input(format!("nobody is remembered under `{identifier}`"))
                    .hint("give the identifier with its namespace, such as `twitter:ada`"));
            }
            store.keep_denials(&denials.to_bytes())?;
            output::to_stdout(|out| {
                writeln!(
                    out,
                    "released: `{identifier}`; whoever denied consent under it stays denied under their id"
                )
            })
        }
    }
}

fn open(folder: &std::path::Path) -> Result<(LockedStore, Denials), CliError> {
    let store = Store::create_or_open(folder)?;
    let denials = open_denials(store.store())?;
    Ok((store, denials))
}

fn show(denials: &Denials) -> Result<(), CliError> {
    let refused = denials.unpublished();
    output::to_stdout(|out| {
        writeln!(
            out,
            "{}",
            counted(
                denials.len() as u64,
                "denial of consent is remembered",
                "denials of consent are remembered"
            )
        )?;
        writeln!(out, "{refused} of them from refused runs only")
    })
}
