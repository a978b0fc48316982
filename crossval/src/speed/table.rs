//! What was found, for people.
