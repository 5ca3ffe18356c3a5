//! `cargo xtask overhead`: the benchmark of the patterns, in release mode.

use crate::sh;

pub(crate) fn run() -> Result<(), String> {
    let mut bench = sh::cargo();
    bench.current_dir(sh::root());
    sh::run(bench.args(["bench", "--quiet", "--package", "ek-patterns", "--bench", "overhead"]))
}
