/** A scope that can be asked about and given up. */
export type Scope =
  | 'fs'
  | 'fs.read'
  | 'fs.write'
  | 'net'
  | 'net.connect'
  | 'net.listen'
  | 'net.resolve'
  | 'child'
  | 'worker'
  | 'addon'
  | 'addons'
  | 'wasi'
  | 'ffi'
  | 'inspector'
  | 'openssl.store'
  | 'env';

/** What a scope is asked about: a path for `fs.*` and `addon`, `host:port` for `net.*`, a command line for `child`. */
export type Reference = string | Uint8Array | URL | null;

/** The error of a refused call. */
export interface AccessDenied extends Error {
  code: 'ERR_ACCESS_DENIED';
  /** The permission that is missing, in Node's spelling: `FileSystemRead`, `Net`, … */
  permission: string;
  /** What was asked for, as the caller spelled it. */
  resource: string;
  /** The smallest flag that would allow the call. Not there when nothing would: it was denied or dropped. */
  grant?: string;
}

/** `process.permission`. */
export interface Permission {
  /**
   * Is it granted? Without a reference: is the whole scope granted, with nothing withheld? False for a scope that
   * does not exist, for `null` and for an empty reference.
   *
   * Throws `ERR_INVALID_ARG_TYPE` for a scope that is no string and a reference that is no string, `Uint8Array`
   * or `URL`.
   */
  has(scope: Scope | (string & {}), reference?: Reference): boolean;
  /**
   * Gives up a scope, or the part of it that the reference names with all below it, for good: on this thread, on
   * its live workers, and on every worker and Node child that starts later. What is open stays open.
   *
   * Throws like `has`. A scope that does not exist is ignored.
   */
  drop(scope: Scope | (string & {}), reference?: Reference): void;
  /** What holds this thread, and how it started. */
  status(): Status;
}

/**
 * The same object as `process.permission`. Importing it throws unless permit was preloaded: with
 * `node -r @org/permit`, `--import @org/permit` or by `NODE_OPTIONS`.
 */
export declare const permission: Permission;

declare global {
  namespace NodeJS {
    // The type that @types/node gives to `process.permission`: its `has` is one overload, this is the other.
    interface ProcessPermission {
      has(scope: Scope | (string & {}), reference?: Reference): boolean;
      drop(scope: Scope | (string & {}), reference?: Reference): void;
      status(): Status;
    }
  }
}
