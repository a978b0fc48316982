//! The documents as files: what is read, what is refused and with which words, and how they are written.

mod example;
mod format;
mod platforms;
mod reading;
mod round_trip;
mod writing;
