//! The machine's figures, every two seconds, on a thread of their own.

use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;
use nvml_wrapper::Nvml;
use nvml_wrapper::enum_wrappers::device::TemperatureSensor;
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

use super::event_loop::Happening;
use crate::app::Msg;
use crate::app::machine::{GpuSample, Sample};

const APART: Duration = Duration::from_secs(2);

/// Watches until nobody wants to hear any more.
///
/// # Errors
///
/// When the system has no thread left.
pub fn watch(sender: Sender<Happening>) -> std::io::Result<()> {
    thread::Builder::new().name("machine".into()).spawn(move || {
        let Ok(mut system) = System::new() else { return };
        // Where there is no NVIDIA driver there are no such figures.
        let nvml = Nvml::init().ok();
        while sender.send(Happening::Msg(Msg::Machine(sample(&mut system, nvml.as_ref())))).is_ok() {
            thread::sleep(APART);
        }
    })?;
    Ok(())
}

fn sample(system: &mut System, nvml: Option<&Nvml>) -> Sample {
    system.refresh_cpu_usage();
    system.refresh_memory();
    let ours = sysinfo::Pid::from_u32(std::process::id());
    let what = ProcessRefreshKind::nothing().with_cpu().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[ours]), false, what);
    let cores = system.cpus().len();
    let process = system.process(ours);
    // A process's share is counted in hundredths of one core.
    let share = |percent: f32, of: usize| f64::from(percent) / 100.0 / f64::from(u32::try_from(of).unwrap_or(1).max(1));
    Sample {
        cpu: share(system.global_cpu_usage(), 1),
        cpu_process: process.map_or(0.0, |process| share(process.cpu_usage(), cores)),
        cores,
        memory_process: process.map_or(0, sysinfo::Process::memory),
        memory_used: system.used_memory(),
        memory_total: system.total_memory(),
        gpus: nvml.map_or_else(Vec::new, gpus),
    }
}

/// What every NVIDIA GPU says of itself; one that says nothing is left out.
fn gpus(nvml: &Nvml) -> Vec<GpuSample> {
    (0..nvml.device_count().unwrap_or(0)).filter_map(|number| gpu(nvml, number).ok()).collect()
}

fn gpu(nvml: &Nvml, number: u32) -> Result<GpuSample, nvml_wrapper::error::NvmlError> {
    let device = nvml.device_by_index(number)?;
    let memory = device.memory_info()?;
    Ok(GpuSample {
        name: device.name()?,
        utilisation: f64::from(device.utilization_rates()?.gpu) / 100.0,
        memory_used: memory.used,
        memory_total: memory.total,
        temperature: device.temperature(TemperatureSensor::Gpu).ok(),
        power: device.power_usage().ok().map(|milliwatts| f64::from(milliwatts) / 1000.0),
    })
}
