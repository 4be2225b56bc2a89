//! The choice of a GPU's kernels: measured when a shape is first met, kept in the user's cache folder.

use std::sync::atomic::{AtomicU64, Ordering};

use cubecl_runtime::config::autotune::AutotuneLogLevel;
use cubecl_runtime::config::cache::CacheConfig;
use cubecl_runtime::config::{CubeClRuntimeConfig, RuntimeConfig};
use directories::BaseDirs;
use log::{LevelFilter, Log, Metadata, Record};

/// Where the engine's log tells of a choice.
const CHOICE: &str = "cubecl::autotune";

static CHOSEN: AtomicU64 = AtomicU64::new(0);

/// How many kernels this process has measured and chosen so far.
pub fn chosen() -> u64 {
    CHOSEN.load(Ordering::Relaxed)
}

/// Keeps what is chosen in `vivit-tui` in the user's cache folder, and counts the choices. To be called before
/// any GPU is opened; a `CUBECL_…` variable of the environment still holds.
pub fn keep_choices() {
    let mut config = CubeClRuntimeConfig::default().override_from_env();
    config.environment.path = BaseDirs::new()
        .map_or(CacheConfig::Global, |user| CacheConfig::Directory(user.cache_dir().join("vivit-tui").join("kernels")));
    let logger = &mut config.autotune.logger;
    if matches!(logger.level, AutotuneLogLevel::Minimal) {
        #[expect(clippy::default_trait_access, reason = "the type is of a crate that only cubecl names")]
        {
            logger.log = Some(Default::default());
        }
    }
    // Somebody else's logger or configuration is left as it is: then nothing is counted, and nothing else is lost.
    if CubeClRuntimeConfig::try_set(config) && log::set_logger(&Counter).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}

struct Counter;

impl Log for Counter {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.target() == CHOICE
    }

    fn log(&self, record: &Record) {
        if self.enabled(record.metadata()) {
            CHOSEN.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn flush(&self) {}
}
