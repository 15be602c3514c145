//! Tests of the module `guard`.

mod denials;
mod faults;
mod layouts;
mod nights;

use crate::support::sandbox::Sandbox;

/// The input files of a company: `follows.csv`, `shares.csv` and `crm.csv`.
struct Files {
    follows: String,
    shares: String,
    crm: String,
}

impl Files {
    /// A store after one good run on these files.
    fn good_night(self, config: &str) -> Sandbox {
        let sandbox = self.write(config);
        sandbox.succeed(&["run", "--quiet"]);
        sandbox
    }

    /// A folder with these files, before any run.
    fn write(self, config: &str) -> Sandbox {
        let sandbox = Sandbox::new();
        sandbox.write("plaudit.toml", config);
        sandbox.write("follows.csv", self.follows);
        sandbox.write("shares.csv", self.shares);
        sandbox.write("crm.csv", self.crm);
        sandbox
    }
}
