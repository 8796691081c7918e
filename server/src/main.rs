//! The `saldo` command.

fn main() -> std::process::ExitCode {
    saldo_server::cli::run()
}
