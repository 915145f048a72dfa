//! Node's diagnostics channels `node:permission-model:fs` and their like, in Node's shape.
//!
//! permit captures the channels and their `publish` before the program runs, and looks nothing up
//! on them afterwards. A program can prevent a message, and change nothing else. If a subscriber
//! throws, Node makes it an uncaught exception. The refusal stays as it is.

use std::cell::Cell;

use crate::js::env::Env;
use crate::js::value::{JsError, Persistent, Value};
use crate::policy::Scope;

/// The subject of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    /// A call was refused.
    Refusal,
    /// The program has dropped a permission.
    Drop,
}

/// The channels of one thread.
#[derive(Debug)]
pub struct Channels {
    /// One channel for each scope, in the order of [`Scope::ALL`].
    by_scope: Vec<Persistent>,
    /// The prototype of a channel with subscribers.
    active: Persistent,
    /// The `publish` of such a channel.
    publish: Persistent,
    /// True while subscribers run. Refusals of their calls are not published, as in Node.
    publishing: Cell<bool>,
}

impl Channels {
    /// Captures the channels, by the function of `primordials.js`.
    pub fn capture(env: Env<'_>, diagnostics: Value<'_>, capture: Value<'_>) -> Result<Self, JsError> {
        let names: Vec<String> = Scope::ALL.iter().map(|scope| scope.channel().to_owned()).collect();
        let made = env.call_plain(capture, &[diagnostics, env.string_array(&names)?])?;
        let list = env.get(made, "channels")?;
        let by_scope =
            (0..env.length(list)?).map(|index| env.keep(env.element(list, index)?)).collect::<Result<_, _>>()?;
        let [active, publish] = ["active", "publish"].map(|name| env.keep(env.get(made, name)?));
        Ok(Self { by_scope, active: active?, publish: publish?, publishing: Cell::new(false) })
    }

    /// Publishes a refusal.
    pub fn publish_refusal(&self, env: Env<'_>, scope: Scope, resource: &str) {
        self.publish(env, scope, resource, Event::Refusal);
    }

    /// Publishes that the program has dropped a permission.
    pub fn publish_drop(&self, env: Env<'_>, scope: Scope, resource: &str) {
        self.publish(env, scope, resource, Event::Drop);
    }

    fn publish(&self, env: Env<'_>, scope: Scope, resource: &str, event: Event) {
        if self.publishing.get() {
            return;
        }
        let published = self.try_publish(env, scope, resource, event);
        self.publishing.set(false);
        if published.is_err() {
            // The program has put an accessor on a channel that throws. The program gets the
            // refusal instead.
            env.take_exception();
        }
    }

    fn try_publish(&self, env: Env<'_>, scope: Scope, resource: &str, event: Event) -> Result<(), JsError> {
        let Some(at) = Scope::ALL.iter().position(|known| *known == scope) else { return Ok(()) };
        let Some(channel) = self.by_scope.get(at) else { return Ok(()) };
        let channel = channel.get(env)?;
        // Node gives a channel this prototype with its first subscriber, and takes it away with the
        // last.
        if !env.same(env.prototype(channel)?, self.active.get(env)?) {
            return Ok(());
        }
        let message = env.object()?;
        env.put(message, "permission", env.string(scope.permission())?)?;
        env.put(message, "resource", env.string(resource)?)?;
        let dropped = if event == Event::Drop { env.boolean(true)? } else { env.undefined()? };
        env.put(message, "drop", dropped)?;
        self.publishing.set(true);
        env.call(channel, self.publish.get(env)?, &[message]).map(|_| ())
    }
}
