//! Runs an example as a user does.

use std::path::PathBuf;
use std::process::{Command, Output};

/// What the example of that name prints and ends with.
pub(crate) fn run<S: AsRef<str>>(example: &str, arguments: &[S]) -> Output {
    // Cargo builds the examples of a package before its tests, beside them.
    let tests = std::env::current_exe().unwrap();
    let program: PathBuf = tests.ancestors().nth(2).unwrap().join("examples").join(example);
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    let output = Command::new(&program).args(arguments.iter().map(AsRef::as_ref)).output();
    output.unwrap_or_else(|error| panic!("{}: {error} (cargo test --workspace builds it)", program.display()))
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
