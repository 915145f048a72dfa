//! Native code and its equals: addons, FFI, OpenSSL engines and stores, and the internals that
//! `process.binding` returns.

use crate::hooks::tables::row::Deliver::Throw;
use crate::hooks::tables::row::Guard::{Library, Named, Never, NeverNative, Store, StoreOf, Whole};
use crate::hooks::tables::row::{Guard, HookSpec, Target, Text, Unguarded, row};
use crate::policy::Scope;

const PROCESS: Target = Target::Process("process");
const FFI: Target = Target::Module("node:ffi");
const CRYPTO: Target = Target::Module("crypto");
/// `tls` passes the names of engines to this class.
const ENGINE: Target = Target::InternalClass("crypto", "SecureContext");
/// The internal binding below the public functions that take a private key.
const INTERNAL: Target = Target::Internal("crypto");
const BELOW: &[Guard] = &[Guard::StoreBelow];
const NEEDS_FFI: &[Guard] = &[Whole(Scope::Ffi, "")];

/// Makes the row of a function of `node:ffi`. Each of them reads or writes memory by address.
const fn ffi(name: &'static str) -> HookSpec {
    row(FFI, name, NEEDS_FFI, Throw).on_some()
}

/// Guarded functions.
pub const ROWS: &[HookSpec] = &[
    row(PROCESS, "dlopen", &[Library(1)], Throw).assigned_by("node:vfs").text(Text::Numbers),
    row(PROCESS, "binding", &[Never("process.binding")], Throw),
    row(PROCESS, "_linkedBinding", &[Named(Scope::Addon, 0)], Throw),
    row(INTERNAL, "setEngine", &[NeverNative(0)], Throw),
    row(CRYPTO, "setEngine", &[NeverNative(0)], Throw),
    row(ENGINE, "setClientCertEngine", &[NeverNative(0)], Throw),
    row(ENGINE, "setEngineKey", &[NeverNative(1)], Throw),
    row(Target::InternalClass("crypto", "KeyObjectHandle"), "init", BELOW, Throw),
    row(Target::InternalClass("crypto", "Sign"), "sign", BELOW, Throw),
    row(INTERNAL, "privateDecrypt", BELOW, Throw),
    row(INTERNAL, "privateEncrypt", BELOW, Throw),
    row(INTERNAL, "SignJob", BELOW, Throw).class(),
    row(INTERNAL, "DHBitsJob", BELOW, Throw).on_some().class(),
    row(INTERNAL, "KEMDecapsulateJob", BELOW, Throw).on_some().class(),
    row(CRYPTO, "createPrivateKey", &[Store(0)], Throw),
    row(CRYPTO, "privateDecrypt", &[Store(0)], Throw),
    row(CRYPTO, "privateEncrypt", &[Store(0)], Throw),
    row(CRYPTO, "sign", &[Store(2)], Throw),
    row(Target::ModuleClass("crypto", "Sign"), "sign", &[Store(0)], Throw),
    row(CRYPTO, "diffieHellman", &[StoreOf(0, "privateKey")], Throw),
    row(CRYPTO, "decapsulate", &[Store(0)], Throw).on_some(),
    row(FFI, "DynamicLibrary", NEEDS_FFI, Throw).on_some().class(),
    ffi("dlopen"),
    ffi("dlclose"),
    ffi("dlsym"),
    ffi("exportArrayBuffer"),
    ffi("exportArrayBufferView"),
    ffi("exportString"),
    ffi("exportBuffer"),
    ffi("getInt8"),
    ffi("getUint8"),
    ffi("getInt16"),
    ffi("getUint16"),
    ffi("getInt32"),
    ffi("getUint32"),
    ffi("getInt64"),
    ffi("getUint64"),
    ffi("getFloat32"),
    ffi("getFloat64"),
    ffi("getCurrentEventLoop"),
    ffi("getRawPointer"),
    ffi("setInt8"),
    ffi("setUint8"),
    ffi("setInt16"),
    ffi("setUint16"),
    ffi("setInt32"),
    ffi("setUint32"),
    ffi("setInt64"),
    ffi("setUint64"),
    ffi("setFloat32"),
    ffi("setFloat64"),
    ffi("toString"),
    ffi("toArrayBuffer"),
    ffi("toBuffer"),
];

/// Functions that need no guard.
pub const UNGUARDED: &[Unguarded] = &[];
