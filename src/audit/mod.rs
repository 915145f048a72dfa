//! What is told of refusals. It decides nothing: a call goes on or not whatever happens here.

#[cfg(feature = "addon")]
pub mod channels;
