//! `mtandao`: the one program.

fn main() -> std::process::ExitCode {
    server::commands::main()
}
