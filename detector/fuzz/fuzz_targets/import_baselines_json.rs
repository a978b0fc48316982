//! Imports the form `{baselines: {PLATFORM: {IMPLEMENTATION: {…}}}, alerts: {critical, warning}}`.

#![no_main]

fuzz::reader!(|bytes: &[u8]| fuzz::import::check_baselines(bytes));
