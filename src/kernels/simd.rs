//! The code for the processor at hand: each kernel is compiled for several, and chosen when it runs.

use pulp::{Arch, WithSimd};

/// Runs a kernel compiled for AVX-512, AVX2 with FMA, NEON or nothing at all: the first that is there.
pub fn dispatch<K: WithSimd>(kernel: K) -> K::Output {
    #[cfg(test)]
    if let Some(most) = levels::most() {
        return levels::dispatch(kernel, most);
    }
    // `Arch` alone knows AVX2 only where pulp is built with a feature, and burn-flex does not turn it on.
    #[cfg(target_arch = "x86_64")]
    {
        use pulp::Simd;
        use pulp::x86::{V3, V4};
        if let Some(simd) = V4::try_new() {
            return Simd::vectorize(simd, kernel);
        }
        if let Some(simd) = V3::try_new() {
            return Simd::vectorize(simd, kernel);
        }
    }
    Arch::new().dispatch(kernel)
}

/// For the tests: as if the processor could do less than it can.
#[cfg(test)]
pub mod levels {
    use std::sync::atomic::{AtomicU8, Ordering};

    use pulp::{Scalar, Simd, WithSimd};

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Level {
        Scalar = 1,
        #[cfg(target_arch = "x86_64")]
        Avx2,
    }

    /// For all threads: what other tests find meanwhile is right on every level.
    static MOST: AtomicU8 = AtomicU8::new(0);

    pub fn most() -> Option<Level> {
        match MOST.load(Ordering::SeqCst) {
            1 => Some(Level::Scalar),
            #[cfg(target_arch = "x86_64")]
            2 => Some(Level::Avx2),
            _ => None,
        }
    }

    pub fn dispatch<K: WithSimd>(kernel: K, most: Level) -> K::Output {
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new().filter(|_| most == Level::Avx2) {
            return Simd::vectorize(simd, kernel);
        }
        let _ = most;
        Simd::vectorize(Scalar::new(), kernel)
    }

    /// Runs a test on every level that there is, the processor's own first.
    pub fn on_every_level(test: impl Fn()) {
        for most in 0..=2 {
            MOST.store(most, Ordering::SeqCst);
            test();
        }
        MOST.store(0, Ordering::SeqCst);
    }
}
