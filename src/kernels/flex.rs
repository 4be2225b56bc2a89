//! Tensors of the CPU backend as slices, and which device has them.

use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::{
    BackendTensor, DispatchAutodiffContext, DispatchDevice, DispatchTensor, DispatchTensorKind, TensorMetadata,
};
use burn::tensor::{Bytes, DType, Device, Shape, Tensor};

use super::buffer::Buffer;

/// Whether tensors of this device live in the CPU's memory, so that the fused kernels can have them.
#[must_use]
pub fn is_flex(device: &Device) -> bool {
    matches!(device.clone().inner().as_dispatch(), DispatchDevice::Flex(_))
}

/// The same values, row after row.
pub(super) fn contiguous(x: FlexTensor) -> FlexTensor {
    if x.is_contiguous() { x } else { x.to_contiguous() }
}

/// The values of a contiguous tensor.
pub(super) fn values(x: &FlexTensor) -> &[f32] {
    #[expect(clippy::expect_used, reason = "the callers make the tensor contiguous; the model is f32 throughout")]
    x.as_slice::<f32>().expect("a contiguous tensor of f32")
}

/// A tensor of these values.
pub(super) fn tensor(values: Buffer, shape: impl Into<Shape>) -> FlexTensor {
    let len = size_of_val(&*values);
    // SAFETY: all numbers of a buffer are initialised, and no others are handed out.
    #[allow(unsafe_code)]
    let bytes = unsafe { Bytes::from_controller(Box::new(values), len) };
    FlexTensor::new(bytes, Layout::contiguous(shape.into()), DType::F32)
}

/// The tensors of the CPU's memory, contiguous; none where they are of another device or tracked.
pub(super) fn all_of_flex(tensors: Vec<Tensor<1>>) -> Result<Vec<FlexTensor>, Vec<Tensor<1>>> {
    let of_flex = |tensor: &Tensor<1>| is_flex(&tensor.device()) && !tensor.is_autodiff();
    if tensors.is_empty() || !tensors.iter().all(of_flex) {
        return Err(tensors);
    }
    let primitive = |tensor: Tensor<1>| match tensor.into_dispatch().kind {
        DispatchTensorKind::Flex(BackendTensor::Float(tensor)) => Some(contiguous(tensor)),
        _ => None,
    };
    Ok(tensors.into_iter().filter_map(primitive).collect())
}

/// The same as a tensor of Burn's, without autodiff.
pub(super) fn untracked(x: FlexTensor) -> Tensor<1> {
    let kind = DispatchTensorKind::Flex(BackendTensor::Float(x));
    Tensor::from_dispatch(DispatchTensor { kind, autodiff: DispatchAutodiffContext::Disabled })
}

/// The sizes of a matrix.
pub(super) fn sizes(x: &FlexTensor) -> [usize; 2] {
    let shape = x.shape();
    [shape[0], shape[1]]
}

/// What long vectors are cut into, to be shared among threads: a fixed size, so that what is added up in each
/// does not depend on their number.
pub(super) const CHUNK: usize = 1 << 14;
