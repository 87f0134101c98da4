//! `hil-rig`: the rig's command, the one place besides `demo` that joins machine and rig.

fn main() -> std::process::ExitCode {
    rack_controller::scenario::main()
}
