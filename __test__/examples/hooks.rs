//! Prints the hook tables as JSON: what is guarded, and what needs no guard and why. The gate reads it.

use permit::hooks::tables::row::{HookSpec, label};
use permit::hooks::tables::{BINDINGS, rows, unguarded};
use serde_json::json;

fn main() {
    let guards = |row: &HookSpec| row.guards.iter().map(|guard| format!("{guard:?}")).collect::<Vec<_>>();
    let rows: Vec<_> = rows()
        .map(|row| json!({ "label": row.label(), "everywhere": row.everywhere, "guards": guards(row) }))
        .collect();
    let unguarded: Vec<_> = unguarded()
        .flat_map(|entry| entry.names.iter().map(move |name| (entry.target, *name, entry.reason)))
        .map(|(target, name, reason)| json!({ "label": label(target, name), "reason": reason }))
        .collect();
    println!("{}", json!({ "bindings": BINDINGS, "rows": rows, "unguarded": unguarded }));
}
