//! The door: what must be done before anything else, then the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Burn's optimizer loads its moments onto the process's default device before it moves them to
    // the parameters'; by itself that default is a GPU, which would be woken, and may hang, on a CPU run.
    #[expect(unsafe_code, reason = "no other thread exists yet, which is all that setting a variable needs")]
    unsafe {
        std::env::set_var("BURN_DEVICE", "flex");
    }
    vivit_tui::cli::run()
}
