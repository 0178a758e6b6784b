//! Everything that needs more than one module of the crate, or a world outside it.

mod exposition;
