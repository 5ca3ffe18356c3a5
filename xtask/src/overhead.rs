//! `cargo xtask overhead`: the benchmarks of the patterns and of a shared ledger, in release mode.

use crate::sh;

pub(crate) fn run() -> Result<(), String> {
    for package in ["ek-patterns", "ek-fleet"] {
        let mut bench = sh::cargo();
        bench.current_dir(sh::root());
        sh::run(bench.args(["bench", "--quiet", "--package", package, "--bench", "overhead"]))?;
    }
    Ok(())
}
