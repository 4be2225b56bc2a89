//! Which kernels a device can run.

use burn::backend::DispatchDevice;
use burn::tensor::Device;

/// Whether tensors of this device live in the CPU's memory, so that the fused kernels can have them.
#[must_use]
pub fn is_flex(device: &Device) -> bool {
    matches!(device.clone().inner().as_dispatch(), DispatchDevice::Flex(_))
}
