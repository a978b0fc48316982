//! What is made of other tools' output: files of the real tools, and files that nobody should trust.

mod documents;
mod foreign;
mod properties;
mod real;
