//! The `saldo` command.

/// A day of a phone takes and gives back tens of thousands of small pieces of memory, often on different
/// threads: with the C library's allocator that is a sixth of its processor time. Without huge pages
/// (`no_thp`), which cost 45 MB and gave nothing.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    saldo_server::cli::run()
}
