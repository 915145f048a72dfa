//! Node's diagnostics channels `node:permission-model:fs` and their like, in Node's shape.
//!
//! The channels, and the method that publishes, are captured before the program runs, and nothing is looked up on them
//! afterwards: a program can keep a message from being published, and that is all. What a subscriber throws becomes an
//! uncaught exception by Node's own doing; the refusal stays what it is.

use std::cell::Cell;

use crate::js::env::{Failed, Js, Kept, ORDINARY, Value};
use crate::policy::Scope;

/// The channels of one thread.
#[derive(Debug)]
pub struct Channels {
    /// One for each scope, in the order of [`Scope::ALL`].
    by_scope: Vec<Kept>,
    /// The prototype of a channel that somebody has subscribed to.
    active: Kept,
    /// Its `publish`.
    publish: Kept,
    /// A message is on its way: what its subscribers are refused is told to nobody, as in Node.
    publishing: Cell<bool>,
}

impl Channels {
    /// Gets them by the function of `primordials.js`.
    pub fn capture(js: Js, diagnostics: Value, capture: Value) -> Result<Self, Failed> {
        let names: Vec<String> = Scope::ALL.iter().map(|scope| scope.channel().to_owned()).collect();
        let made = js.call(js.undefined()?, capture, &[diagnostics, js.string_array(&names)?])?;
        let list = js.get(made, "channels")?;
        let by_scope =
            (0..js.length(list)?).map(|index| js.keep(js.element(list, index)?)).collect::<Result<_, _>>()?;
        let [active, publish] = ["active", "publish"].map(|name| js.keep(js.get(made, name)?));
        Ok(Self { by_scope, active: active?, publish: publish?, publishing: Cell::new(false) })
    }

    /// Publishes that something is missing or, with `dropped`, has been given up.
    pub fn publish(&self, js: Js, scope: Scope, resource: &str, dropped: bool) {
        if self.publishing.get() {
            return;
        }
        let published = self.published(js, scope, resource, dropped);
        self.publishing.set(false);
        if published.is_err() {
            // The program has put an accessor on a channel; it gets the refusal, not what that threw.
            js.take_exception();
        }
    }

    fn published(&self, js: Js, scope: Scope, resource: &str, dropped: bool) -> Result<(), Failed> {
        let Some(at) = Scope::ALL.iter().position(|known| *known == scope) else { return Ok(()) };
        let Some(channel) = self.by_scope.get(at) else { return Ok(()) };
        let channel = channel.get(js)?;
        // Node gives a channel this prototype with its first subscriber, and takes it away with the last.
        if !js.same(js.prototype(channel)?, self.active.get(js)?) {
            return Ok(());
        }
        let message = js.object()?;
        js.define(message, "permission", js.string(scope.permission())?, ORDINARY)?;
        js.define(message, "resource", js.string(resource)?, ORDINARY)?;
        let dropped = if dropped { js.boolean(true)? } else { js.undefined()? };
        js.define(message, "drop", dropped, ORDINARY)?;
        self.publishing.set(true);
        js.call(channel, self.publish.get(js)?, &[message]).map(|_| ())
    }
}
