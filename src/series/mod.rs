//! From a plan to patches that a maintainer takes: grouping, subjects, recipients, mail.

pub mod maintainers;
pub mod prefix;
pub mod recipients;
