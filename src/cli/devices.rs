//! `devices`: what there is, and what would be taken.

use std::io::{Write, stdout};
use std::thread;

use crate::runtime::Failure;
use crate::runtime::devices::{AdapterKind, DeviceChoice, cpu, decide, probe};

pub fn table(choice: DeviceChoice) -> Result<u8, Failure> {
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let probe = probe();
    let mut text = format!("cpu     {}\n", cpu(threads).name);
    for (number, adapter) in probe.adapters.iter().enumerate() {
        let kind = match adapter.kind {
            AdapterKind::Discrete => "discrete",
            AdapterKind::Integrated => "integrated",
            AdapterKind::Virtual => "virtual",
            AdapterKind::Software => "software: runs on the CPU, never chosen by auto",
            AdapterKind::Unknown => "of unknown kind, never chosen by auto",
        };
        text += &format!("gpu:{number:<3} {} · {} · {kind} · {}\n", adapter.name, adapter.api, adapter.driver);
    }
    if let Some(trouble) = &probe.trouble {
        text += &format!("warning: {trouble}\n");
    }
    let decision = decide(choice, &probe)?;
    let chosen = decision.gpu.map_or("cpu".into(), |(number, _)| format!("gpu:{number}"));
    let asked = if choice == DeviceChoice::Auto { "auto would choose" } else { "this would choose" };
    text += &format!("\n{asked} {chosen}: {}\n", decision.why);
    // A reader that went away has seen what it wanted.
    drop(write!(stdout(), "{text}"));
    Ok(0)
}
