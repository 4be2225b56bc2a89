//! Which device trains: the CPU, or a GPU that a probe has seen alive.

mod probe;
pub mod tuning;

use std::str::FromStr;
use std::sync::OnceLock;

use burn::tensor::{Device, DeviceKind};
use burn_wgpu::WgpuBackend;

use self::probe::APIS;
pub use self::probe::{Adapter, AdapterKind, PROBE, Probe, answer_probe, probe};
use crate::train::Compute;

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
