//! `rack-controller`: see `rack_controller::cli`.

fn main() -> std::process::ExitCode {
    rack_controller::cli::main()
}
