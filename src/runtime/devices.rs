//! Which device trains: the CPU, or a GPU that a probe has seen alive.
//!
//! GPU drivers crash and hang, so they are asked in a process of their own: what dies there dies
//! alone, and what does not answer in time is passed over.

use std::io::Read;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use burn::tensor::{Device, DeviceKind};
use burn_wgpu::{WgpuBackend, wgpu};
use serde::{Deserialize, Serialize};

use crate::train::Compute;

/// The hidden subcommand that a probe runs.
pub const PROBE: &str = "probe-adapters";

/// Stands in for a driver in tests: `crash` or `hang`.
const PROBE_FAULT: &str = "VIVIT_PROBE_FAULT";

/// A driver that needs longer than this to name its adapters is taken for hung.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the user asked for with `--device`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A hardware GPU if there is one, else the CPU.
    #[default]
    Auto,
    Cpu,
    /// The first hardware GPU.
    Gpu,
    /// The adapter of this number in `vivit-tui devices`, a software one too.
    GpuNumber(usize),
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu),
            _ => text
                .strip_prefix("gpu:")
                .and_then(|number| number.parse().ok())
                .map(Self::GpuNumber)
                .ok_or_else(|| format!("{text:?} is no device; expected auto, cpu, gpu or gpu:N")),
        }
    }
}

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

/// Why no GPU is used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("no hardware GPU was found{software}{probe}")]
    NoHardware { software: String, probe: String },
    #[error("there is no gpu:{number}: {found}")]
    NoSuchNumber { number: usize, found: String },
    #[error("gpu:{number} {name} cannot be used: {reason}")]
    Unusable { number: usize, name: String, reason: String },
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some("`vivit-tui devices` lists what there is; --device cpu trains without a GPU".into())
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
const APIS: [(wgpu::Backend, WgpuBackend, &str); 4] = [
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

/// What a choice comes to, and why, for the user to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The number and adapter of a GPU; `None` is the CPU.
    pub gpu: Option<(usize, Adapter)>,
    pub why: String,
}

/// Decides between what was asked for and what there is.
///
/// # Errors
///
/// When a GPU was asked for and there is none such.
pub fn decide(choice: DeviceChoice, probe: &Probe) -> Result<Decision, Error> {
    let hardware = probe.adapters.iter().cloned().enumerate().find(|(_, adapter)| adapter.kind.is_hardware());
    match (choice, hardware) {
        (DeviceChoice::Cpu, _) => Ok(Decision { gpu: None, why: "asked for".into() }),
        (DeviceChoice::Gpu, Some(gpu)) => Ok(Decision { gpu: Some(gpu), why: "asked for".into() }),
        (DeviceChoice::Auto, Some(gpu)) => Ok(Decision { gpu: Some(gpu), why: "a hardware GPU is there".into() }),
        (DeviceChoice::Auto, None) => {
            let why = Error::NoHardware { software: software_words(probe), probe: trouble_words(probe) };
            Ok(Decision { gpu: None, why: why.to_string() })
        }
        (DeviceChoice::Gpu, None) => {
            Err(Error::NoHardware { software: software_words(probe), probe: trouble_words(probe) })
        }
        (DeviceChoice::GpuNumber(number), _) => {
            if let Some(adapter) = probe.adapters.get(number) {
                return Ok(Decision { gpu: Some((number, adapter.clone())), why: "asked for".into() });
            }
            let found = match probe.adapters.len() {
                0 => format!("no adapter was found{}", trouble_words(probe)),
                count => format!("the adapters are gpu:0 to gpu:{}", count - 1),
            };
            Err(Error::NoSuchNumber { number, found })
        }
    }
}

fn software_words(probe: &Probe) -> String {
    let software = probe.adapters.iter().find(|adapter| adapter.kind == AdapterKind::Software);
    software.map_or(String::new(), |adapter| format!(" ({} only runs on the CPU)", adapter.name))
}

fn trouble_words(probe: &Probe) -> String {
    probe.trouble.as_ref().map_or(String::new(), |trouble| format!("; {trouble}"))
}

/// Opens the device of a decision.
///
/// # Errors
///
/// When the driver refuses.
pub fn open(decision: &Decision, threads: usize) -> Result<Compute, Error> {
    let Some((number, adapter)) = &decision.gpu else { return Ok(cpu(threads)) };
    let device = open_adapter(adapter).map_err(|reason| Error::Unusable {
        number: *number,
        name: adapter.name.clone(),
        reason,
    })?;
    Ok(Compute { device, name: format!("gpu:{number} {} ({})", adapter.name, adapter.api) })
}

/// The CPU.
#[must_use]
pub fn cpu(threads: usize) -> Compute {
    let word = if threads == 1 { "thread" } else { "threads" };
    Compute { device: Device::flex(), name: format!("cpu ({threads} {word})") }
}

/// The runtime registers a device once in a process; several runs share it.
fn open_adapter(adapter: &Adapter) -> Result<Device, String> {
    static OPENED: OnceLock<Result<Device, String>> = OnceLock::new();
    OPENED
        .get_or_init(|| {
            let kind = match adapter.kind {
                AdapterKind::Discrete => DeviceKind::DiscreteGpu(adapter.place),
                AdapterKind::Integrated => DeviceKind::IntegratedGpu(adapter.place),
                AdapterKind::Virtual => DeviceKind::VirtualGpu(adapter.place),
                AdapterKind::Software => DeviceKind::Cpu,
                AdapterKind::Unknown => DeviceKind::DefaultDevice,
            };
            let api =
                APIS.iter().find(|(_, _, name)| *name == adapter.api).map_or(WgpuBackend::Auto, |(_, api, _)| *api);
            Device::wgpu_options().device_kind(kind).graphics_api(api).init().map_err(|e| e.to_string())
        })
        .clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(name: &str, kind: AdapterKind) -> Adapter {
        Adapter { name: name.into(), api: "Vulkan".into(), kind, place: 0, driver: String::new() }
    }

    fn probe(adapters: &[Adapter]) -> Probe {
        Probe { adapters: adapters.to_vec(), trouble: None }
    }

    #[test]
    fn auto_never_takes_a_software_adapter_and_says_why() {
        let decision = decide(DeviceChoice::Auto, &probe(&[adapter("llvmpipe", AdapterKind::Software)])).unwrap();
        assert_eq!(decision.gpu, None);
        assert!(decision.why.contains("llvmpipe only runs on the CPU"), "{}", decision.why);
    }

    #[test]
    fn auto_takes_the_first_hardware_gpu() {
        let both = probe(&[adapter("llvmpipe", AdapterKind::Software), adapter("H100", AdapterKind::Discrete)]);
        let decision = decide(DeviceChoice::Auto, &both).unwrap();
        assert_eq!(decision.gpu.map(|(number, gpu)| (number, gpu.name)), Some((1, "H100".into())));
    }

    #[test]
    fn a_gpu_that_is_not_there_is_refused_but_a_software_one_can_be_named() {
        let software = probe(&[adapter("llvmpipe", AdapterKind::Software)]);
        assert!(decide(DeviceChoice::Gpu, &software).is_err());
        assert!(decide(DeviceChoice::GpuNumber(0), &software).is_ok());
        let message = decide(DeviceChoice::GpuNumber(3), &software).unwrap_err().to_string();
        assert!(message.contains("gpu:0 to gpu:0"), "{message}");
    }

    #[test]
    fn a_driver_in_trouble_leaves_the_cpu_and_is_named() {
        let probe = Probe { adapters: Vec::new(), trouble: Some("a graphics driver crashed".into()) };
        let decision = decide(DeviceChoice::Auto, &probe).unwrap();
        assert!(decision.gpu.is_none() && decision.why.contains("crashed"), "{}", decision.why);
    }

    #[test]
    fn devices_are_read_as_the_user_writes_them() {
        assert_eq!("gpu:2".parse(), Ok(DeviceChoice::GpuNumber(2)));
        assert!("tpu".parse::<DeviceChoice>().is_err());
    }
}
