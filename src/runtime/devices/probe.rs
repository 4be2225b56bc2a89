//! Asking the graphics drivers, in a process of its own.
//!
//! GPU drivers crash and hang: what dies there dies alone, and what does not answer in time is passed
//! over. Nothing here decides what is done with the answer.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use burn_wgpu::{WgpuBackend, wgpu};
use serde::{Deserialize, Serialize};

/// The hidden subcommand that a probe runs.
pub const PROBE: &str = "probe-adapters";

/// Stands in for a driver in tests: `crash` or `hang`.
const PROBE_FAULT: &str = "VIVIT_PROBE_FAULT";

/// A driver that needs longer than this to name its adapters is taken for hung.
const PATIENCE: Duration = Duration::from_secs(10);

/// A graphics adapter as its driver describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    pub name: String,
    /// Vulkan, Metal, DX12 or OpenGL.
    pub api: String,
    pub kind: AdapterKind,
    /// Its place among the adapters of its kind.
    pub place: usize,
    pub driver: String,
}

/// What an adapter is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdapterKind {
    Discrete,
    Integrated,
    Virtual,
    /// Runs on the CPU.
    Software,
    Unknown,
}

impl AdapterKind {
    /// Whether `auto` may take it: hardware that the driver knows the kind of.
    #[must_use]
    pub fn is_hardware(self) -> bool {
        matches!(self, Self::Discrete | Self::Integrated | Self::Virtual)
    }
}

/// What the probe brought home.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    pub adapters: Vec<Adapter>,
    /// Why there may be more than could be seen.
    pub trouble: Option<String>,
}

/// Asks the drivers of this machine, in another process.
#[must_use]
pub fn probe() -> Probe {
    probe_within(PATIENCE).unwrap_or_else(|trouble| Probe { adapters: Vec::new(), trouble: Some(trouble) })
}

fn probe_within(patience: Duration) -> Result<Probe, String> {
    let program = std::env::current_exe().map_err(|e| format!("cannot find this program: {e}"))?;
    let mut child = Command::new(program)
        .arg(PROBE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("cannot start the probe: {e}"))?;
    // Held open as long as the answer is waited for: the probe ends with this end of the pipe.
    let _alive = child.stdin.take();
    let mut pipe = child.stdout.take().ok_or("the probe has no output")?;
    let reader = thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    });
    let started = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|e| format!("cannot wait for the probe: {e}"))? {
            Some(status) => break status,
            None if started.elapsed() > patience => {
                // Nothing is waited for after this: a driver may hang in the kernel, where no signal reaches.
                let _ = child.kill();
                return Err(format!("a graphics driver did not answer within {} s", patience.as_secs()));
            }
            None => thread::sleep(Duration::from_millis(2)),
        }
    };
    if !status.success() {
        return Err(format!("a graphics driver crashed while it was asked ({status})"));
    }
    let text = reader.join().map_err(|_| "the probe's output was lost")?.map_err(|e| e.to_string())?;
    let adapters = serde_json::from_str(&text).map_err(|e| format!("the probe spoke nonsense: {e}"))?;
    Ok(Probe { adapters, trouble: None })
}

/// What the probing process does: names the adapters as JSON.
///
/// # Errors
///
/// When the list cannot be written.
pub fn answer_probe(mut out: impl std::io::Write) -> std::io::Result<()> {
    // Whoever asked holds the other end of stdin; when it closes, nobody waits for the answer any more.
    thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(1);
    });
    match std::env::var(PROBE_FAULT).as_deref() {
        Ok("crash") => std::process::abort(),
        Ok("hang") => loop {
            thread::park();
        },
        _ => {}
    }
    let text = serde_json::to_string(&adapters()).map_err(std::io::Error::other)?;
    writeln!(out, "{text}")
}

/// The graphics APIs in the order in which the runtime tries them.
pub(super) const APIS: [(wgpu::Backend, WgpuBackend, &str); 4] = [
    (wgpu::Backend::Vulkan, WgpuBackend::Vulkan, "Vulkan"),
    (wgpu::Backend::Metal, WgpuBackend::Metal, "Metal"),
    (wgpu::Backend::Dx12, WgpuBackend::Dx12, "DX12"),
    (wgpu::Backend::Gl, WgpuBackend::Gl, "OpenGL"),
];

/// The adapters of the first API that has hardware, or else of the first that has any.
fn adapters() -> Vec<Adapter> {
    let mut software = Vec::new();
    for (backend, _, api) in APIS {
        let found = adapters_of(backend, api);
        if found.iter().any(|adapter| adapter.kind.is_hardware()) {
            return found;
        }
        if software.is_empty() {
            software = found;
        }
    }
    software
}

fn adapters_of(backend: wgpu::Backend, api: &str) -> Vec<Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: backend.into(),
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let mut found: Vec<Adapter> = Vec::new();
    for adapter in pollster::block_on(instance.enumerate_adapters(backend.into())) {
        let info = adapter.get_info();
        let kind = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
            wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
            wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
            wgpu::DeviceType::Cpu => AdapterKind::Software,
            wgpu::DeviceType::Other => AdapterKind::Unknown,
        };
        let place = found.iter().filter(|other| other.kind == kind).count();
        let driver = format!("{} {}", info.driver, info.driver_info).trim().to_owned();
        found.push(Adapter { name: info.name, api: api.to_owned(), kind, place, driver });
    }
    found
}
