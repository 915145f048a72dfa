//! From what was recorded to a policy that a person would sign.

pub mod draft;
pub mod fold;
pub mod gathered;
pub mod record;
