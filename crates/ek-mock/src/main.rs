//! The program `ek-mock`: a script as a server for clients in any language.

fn main() -> std::process::ExitCode {
    ek_mock::cli::main()
}
