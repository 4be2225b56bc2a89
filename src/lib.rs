//! vivit-tui trains small 3D medical classifiers (`ViViT` on `MedMNIST` 3D) and shows the run live.
//!
//! The house has floors, and a room knows only what stands below it (ARCHITECTURE.md):
//!
//! | floor | rooms |
//! |---|---|
//! | 5 shell | [`cli`], [`runtime`] |
//! | 4 pictures | [`ui`], [`headless`] |
//! | 3 knowledge, work | [`app`]; [`train`], [`runs`] |
//! | 2 matter | [`model`], [`data`], [`kernels`] |
//! | 1 words | [`config`], [`event`], [`metrics`] |

// Tests compare exact values on purpose, and their numbers are small.
#![cfg_attr(
    test,
    allow(
        clippy::float_cmp,
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::unreadable_literal
    )
)]

pub mod app;
pub mod cli;
pub mod config;
pub mod data;
pub mod event;
pub mod headless;
pub mod kernels;
pub mod metrics;
pub mod model;
pub mod runs;
pub mod runtime;
pub mod train;
pub mod ui;
