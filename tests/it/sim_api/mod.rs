//! The embedded cluster's API server, seen by a real client library and on the wire.

mod access;
mod fixture;
mod outage;
mod subresources;
mod tables;
mod verbs;
mod watching;
